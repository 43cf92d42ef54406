// Bundles the command line and what runs in builders, each with lazy chunks for what one frontend alone needs.
// Incremental enough to run before each command: 60 ms when nothing changed.

import { chmod, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleBuilder, common } from "./bundle-builder.mjs";

const project = fileURLToPath(new URL("..", import.meta.url));

/** The programs, and the library: Node takes no TypeScript from node_modules. */
async function bundleCommands() {
  const programs = { unravel: "cli/main.ts", "unravel-ninja": "cli/ninja-main.ts" };
  await bundleChunks("dist", { ...programs, index: "index.ts" });
  // Started by their paths, by generators and by npm's links.
  for (const name of ["unravel", "unravel-ninja"]) await chmod(join(project, `dist/${name}.mjs`), 0o755);
}

async function bundleChunks(outdir, entryPoints) {
  await build({
    ...common,
    entryPoints,
    outdir,
    splitting: true,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
  });
}

// `node scripts/bundle.mjs --builder DIRECTORY` (or --library) makes that part alone, for tests and benchmarks.
const [option, directory] = process.argv.slice(2);
if (option === "--builder") await bundleBuilder(resolve(directory));
else if (option === "--library") await bundleChunks(resolve(directory), { index: "index.ts" });
else {
  await rm(join(project, "dist"), { recursive: true, force: true });
  await Promise.all([bundleCommands(), bundleBuilder("dist/builder")]);
}
