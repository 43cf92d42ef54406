// What emission needs beside a plan: store paths that exist already, and the contents of the sources.

import type { ReadSource, StepContext } from "../../../emit/derive.ts";
import type { EmissionContext } from "../../../emit/outputs/context.ts";
import { hashPartOf, textPath } from "../../../emit/store-path.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";

/** A store path that names nothing. */
export function somePath(name: string): Bytes {
  return textPath(asBytes(name), asBytes(name));
}

/** A path of the toolchain, which commands and sources may name. */
export const compiler: Bytes = somePath("gcc-14");

/** A path that the source refers to and the toolchain does not. */
export const onlySource: Bytes = somePath("data-1.0");

export const context: EmissionContext & StepContext = {
  storeDir: asBytes("/nix/store"),
  system: asBytes("x86_64-linux"),
  shell: asBytes(`${somePath("bash-5.2")}/bin/bash`),
  stepScript: somePath("step.sh"),
  interfaceScript: somePath("interface.sh"),
  rootScript: somePath("root.sh"),
  forwardScript: somePath("forward.sh"),
  environment: somePath("p-configured-environment"),
  node: somePath("nodejs-20"),
  planner: somePath("planner"),
  references: [somePath("step.sh"), somePath("root.sh")],
  known: new Map([compiler, onlySource].map((path) => [hashPartOf(path), path])),
};

/** Sources in memory; a name that ends in ".sh" may be executed. */
export function readFrom(files: Readonly<Record<string, string>>): ReadSource {
  return (path) =>
    Object.hasOwn(files, path)
      ? { kind: "file", executable: path.endsWith(".sh"), contents: asBytes(files[path] ?? "") }
      : undefined;
}
