// Patches as patch-package keeps them: which package each file is for follows from its name.

import { type Bytes, compareBytes, fromText } from "../../graph/bytes.ts";

/** "@scope+name++nested+1.2.3+001+why.patch": places, divided by "++", then the version and an order. */
const pattern =
  /^(?<places>.+?)\+(?<version>\d+\.\d+\.\d+[^+]*(?:\+[^+]*[a-z-][^+]*)??)(?:\+(?<order>\d+)(?:\+.*)?)?(?:\.dev)?\.patch$/;

/**
 * Location of a package -> its patches, in the order in which they are applied.
 * @param names files in the directory `patches`
 */
export function patchPackageFiles(names: readonly string[]): ReadonlyMap<Bytes, readonly Bytes[]> {
  const found = new Map<Bytes, Bytes[]>();
  for (const name of [...names].sort(compareBytes)) {
    const places = pattern.exec(name)?.groups?.["places"];
    if (places === undefined) continue;
    const location = places
      .split("++")
      .map((place) => `node_modules/${place.replace(/^(@[^+]+)\+/, "$1/")}`)
      .join("/");
    const path = fromText(`patches/${name}`);
    const known = found.get(fromText(location));
    if (known === undefined) found.set(fromText(location), [path]);
    else known.push(path);
  }
  return found;
}

/** Whether a project has its packages patched when it is installed. */
export function usesPatchPackage(manifest: unknown): boolean {
  if (typeof manifest !== "object" || manifest === null) return false;
  const scripts: unknown = new Map(Object.entries(manifest)).get("scripts");
  if (typeof scripts !== "object" || scripts === null) return false;
  return ["postinstall", "prepare", "install"].some((event) =>
    /(?:^|[\s;&|/])patch-package(?:$|[\s;&|])/.test(
      String(new Map(Object.entries(scripts)).get(event) ?? ""),
    ),
  );
}
