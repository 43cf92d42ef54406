// Loads the manifest of the current directory and says how large its graph is; `bench/parse-ninja.mjs` times it.

import { readFileSync } from "node:fs";
import { loadNinja } from "../generators/ninja/load.ts";
import { asBytes, toBuffer } from "../graph/bytes.ts";

const manifest = loadNinja(asBytes("build.ninja"), { readFile: (path) => readFileSync(toBuffer(path)) });
let references = 0;
for (const step of manifest.steps) references += step.inputs.length + step.after.length;
process.stdout.write(
  `${manifest.steps.length} steps, ${manifest.files.length} files, ${references} inputs\n`,
);
