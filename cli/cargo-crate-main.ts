// Entry of the bundle that unpacks crates in builders. Not part of the planner: an edit of that must not unpack every
// crate anew.

import { mkdirSync, readFileSync } from "node:fs";
import { InputError } from "../graph/diagnostic.ts";
import { takePackage } from "./cargo/checkout.ts";
import { CrateError, unpackCrate } from "./cargo/unpack.ts";
import { joinVendored } from "./cargo/vendor.ts";

interface Attributes {
  readonly outputs: { readonly out: string };
  readonly crate: string;
  readonly version: string;
  readonly path: string;
  readonly checksum: string;
}

function run(stage: string | undefined): void {
  process.umask(0o022);
  const file = process.env["NIX_ATTRS_JSON_FILE"] ?? "";
  const attributes = JSON.parse(readFileSync(file, "utf8")) as Attributes;
  const { crate, version, path, checksum, outputs } = attributes;
  if (stage === "vendor") {
    joinVendored(JSON.parse(readFileSync(file, "utf8")), outputs.out);
    return;
  }
  mkdirSync(outputs.out);
  try {
    if (stage === "unpack") unpackCrate(path, crate, version, checksum, outputs.out);
    else takePackage(path, crate, version, outputs.out);
  } catch (error) {
    if (error instanceof CrateError)
      throw new CrateError(`${crate} ${version}: ${error.message}`, error.hint);
    throw error;
  }
}

try {
  run(process.argv[2]);
} catch (error) {
  if (error instanceof CrateError) process.stderr.write(`unravel: ${error.message}\n  hint: ${error.hint}\n`);
  else if (error instanceof InputError)
    process.stderr.write(`unravel: ${error.message}\n  hint: the package's manifest cannot be read\n`);
  else throw error;
  process.exitCode = 1;
}
