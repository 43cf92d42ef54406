// Bundles what runs in builders.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const common = {
  absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  banner: {
    // Dependencies that are CommonJS ask for `require`, and where they are.
    js: [
      'import { createRequire } from "node:module";',
      "const require = createRequire(import.meta.url);",
      "const __dirname = import.meta.dirname, __filename = import.meta.filename;",
    ].join(" "),
  },
};

/**
 * What runs in builders: the stages; a shard's, which is small so that it starts at once; and the program that lays
 * out npm packages, which changes less often.
 */
export async function bundleBuilder(outdir, plugins = []) {
  const builder = { ...common, plugins, outdir, outExtension: { ".js": ".mjs" } };
  await Promise.all([
    build({
      ...builder,
      entryPoints: { "unravel-builder": "cli/builder-main.ts" },
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
    }),
    build({ ...builder, banner: {}, entryPoints: { "unravel-shard": "cli/shard-main.ts" } }),
    build({ ...builder, entryPoints: { "unravel-npm": "cli/npm-assembler-main.ts" } }),
    build({ ...builder, entryPoints: { "unravel-crate": "cli/cargo-crate-main.ts" } }),
  ]);
}
