// Store paths that derivations of npm packages name, for tests that build nothing.

import type { NpmContext } from "../../emit/npm/derive.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";

const path = (digit: string, name: string): Bytes => asBytes(`/nix/store/${digit.repeat(32)}-${name}`);

export const npmTestContext: NpmContext = {
  storeDir: asBytes("/nix/store"),
  system: asBytes("x86_64-linux"),
  node: path("0", "nodejs"),
  assembler: path("1", "unravel-npm.mjs"),
  environment: path("2", "npm-script-environment"),
  scripts: [],
  checkouts: new Map(),
  known: new Map(),
};
