// The projects of a TypeScript solution, as its references name them: what each is compiled from. Plain data without
// functions or maps, so that it is the same after JSON.

import type { Bytes } from "./bytes.ts";

/** Paths are relative to the project's top. */
export interface TypeScriptProject {
  /** "packages/words/tsconfig.json" */
  readonly config: Bytes;
  /** What the compiler reads of its own, sorted. */
  readonly files: readonly Bytes[];
  /** Its configuration, what that extends, and package.json files above its files; sorted. */
  readonly settings: readonly Bytes[];
  /** `config` of the projects that it refers to, sorted. */
  readonly references: readonly Bytes[];
}
