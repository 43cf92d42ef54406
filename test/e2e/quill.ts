// The Ninja sample as the tests build it.

import { join } from "node:path";
import type { BuildStore } from "./build-store.ts";
import { projectDirectory } from "./build-store.ts";
import { copySource } from "./file-tree.ts";

export const sampleDirectory: string = join(projectDirectory, "samples/ninja");

/** Copies the sample into the store's directory; returns where. */
export function copySample(store: BuildStore): string {
  const source = join(store.directory, "quill");
  copySource(sampleDirectory, source);
  return source;
}

/** A `rec` set with `package`, `root` and `oracle`; `extra` may add to them. `source` is an expression. */
export function quillExpression(targets: readonly string[] = [], source = "./quill", extra = ""): string {
  const list = targets.map((target) => JSON.stringify(target)).join(" ");
  return `rec {
  arguments = {
    pname = "quill";
    version = "1.2.3";
    src = ${source};
    targets = [ ${list} ];
    configurePhase = ''
      runHook preConfigure
      mkdir -p build; cd build
      sh ../configure --prefix=$prefix
      runHook postConfigure
    '';
  };
  package = e2e.unravel.ninja arguments;
  root = e2e.rootOf package;
  oracle = e2e.ninjaOracle { inherit package; inherit (arguments) targets configurePhase; };
  ${extra}
}`;
}
