// A manifest with one more phony, which stands for what is wanted. Targets behind a phony need not be made by their
// command: a custom target of CMake makes nothing, and ninja does not mind.

import type { NinjaManifest } from "../../generators/ninja/load.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { BuildGraph, FileId, Step, StepId } from "../../graph/graph.ts";

/** No file of a manifest has this name: it cannot be written there. */
export const targetName: Bytes = asBytes("\0targets");

export function withTarget(manifest: NinjaManifest, files: readonly Bytes[]): BuildGraph {
  const target = manifest.files.length as FileId;
  const step: Step = {
    id: manifest.steps.length as StepId,
    rule: asBytes("phony"),
    isPhony: true,
    outputs: [target],
    explicitOutputs: 1,
    inputs: files.flatMap((file) => manifest.fileNamed(file) ?? []),
    explicitInputs: files.length,
    after: [],
    validations: [],
    declaredAt: { file: asBytes("command line"), start: 0, end: 0 },
  };
  return {
    files: [...manifest.files, targetName],
    steps: [...manifest.steps, step],
    defaults: [target],
    pools: manifest.pools,
    producerOf: (file) => (file === target ? step : manifest.producerOf(file)),
    fileNamed: (path) => (path === targetName ? target : manifest.fileNamed(path)),
    recipeOf: (other) =>
      other === step
        ? {
            command: asBytes(""),
            description: asBytes(""),
            pool: asBytes(""),
            restat: false,
            generator: false,
          }
        : manifest.recipeOf(other),
  };
}
