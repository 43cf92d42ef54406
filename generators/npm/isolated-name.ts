// Places in pnpm's layout: the virtual store `node_modules/.pnpm`, and what lies beside what in it.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

const store = "node_modules/.pnpm";

/** Where a package lies whose directory in the virtual store has this name. */
export function storeLocation(directory: Bytes, name: Bytes): Bytes {
  return asBytes(`${store}/${directory}/node_modules/${name}`);
}

/** The `node_modules` that every package in the virtual store finds last. */
export const hoistedModules: string = `${store}/node_modules`;

/** The `node_modules` of a project's directory. */
export function modulesOf(directory: Bytes): string {
  return directory === "" ? "node_modules" : `${directory}/node_modules`;
}

/** Whether a `node_modules` is of one package in the virtual store, with its dependencies beside it. */
export function isVirtualStore(modules: string): boolean {
  return modules.startsWith(`${store}/`) && modules !== hoistedModules;
}
