// Makes the golden cases of other package managers anew (test/golden/packages): installs pnpm and yarn through the
// registry, lets them install packages of a registry on the loopback interface, and writes down what they did.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const directory = mkdtempSync(join(tmpdir(), "unravel-goldens-"));
try {
  const outfile = join(directory, "make.mjs");
  await build({
    entryPoints: ["test/npm/make-goldens.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
  });
  const { status } = spawnSync(process.execPath, [outfile, directory, "test/golden/packages"], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
