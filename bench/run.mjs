// Runs a benchmark: node bench/run.mjs NAME [ARGUMENT...], where NAME is a file of this folder without ".ts".

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [name = "", ...args] = process.argv.slice(2);
const project = join(import.meta.dirname, "..");
const source = join(import.meta.dirname, `${name}.ts`);
if (!existsSync(source)) {
  process.stderr.write("usage: node bench/run.mjs NAME [ARGUMENT...]; names are in bench/README.md\n");
  process.exit(2);
}
process.chdir(project);
// In the working tree, where packages are found.
const outfile = join(project, `dist/bench-${name}-${process.pid}.mjs`);
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
});
process.argv.splice(1, process.argv.length, outfile, ...args);
try {
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile);
}
