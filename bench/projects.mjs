// Real projects that take too long for every run of the tests, or need more than the toolchain has.
// Run: node bench/projects.mjs [NAME ...]     all of them by default
// Numbers go to .cache/reports/project-*.txt.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));
const cache = process.env.UNRAVEL_CACHE ?? join(project, ".cache");

/** Arguments of scripts/setup-toolchain.sh. A suite has a folder of its own: its toolchain is another one. */
const needs = new Map([
  ["cargo", { packages: ["rustc-web", "cargo-web", "zlib1g-dev"] }],
  ["cargo-wasm", { packages: ["rustc", "cargo", "libstd-rust-dev-wasm32", "lld"], suite: "trixie" }],
  ["dav1d", { packages: ["nasm"] }],
  ["gn", { packages: ["generate-ninja"] }],
  ["llvm", { packages: [] }],
  ["make-redis", { packages: [] }],
  ["make-sed", { packages: [] }],
  ["npm", { packages: [] }],
  ["fortran", { packages: ["gfortran"], suite: "trixie" }],
  ["kernel", { packages: ["flex", "bison", "bc", "libelf-dev", "kmod", "cpio", "qemu-system-x86"] }],
  ["kernel-defconfig", { packages: ["flex", "bison", "bc", "libelf-dev", "libssl-dev", "kmod", "cpio"] }],
  ["modules", { packages: [], suite: "trixie" }],
]);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !needs.has(name));
if (unknown.length > 0) {
  process.stderr.write(
    `error: no such project: ${unknown.join(", ")}\n  hint: there are ${[...needs.keys()].join(", ")}\n`,
  );
  process.exit(2);
}

function run(program, args, folder) {
  const { status } = spawnSync(join(project, program), args, {
    cwd: project,
    env: { ...process.env, UNRAVEL_CACHE: folder },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status === 0;
}

let isGood = true;
for (const [name, { packages, suite }] of needs) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const folder = suite === undefined ? cache : join(cache, suite);
  const options = suite === undefined ? packages : ["--suite", suite, ...packages];
  const files = ["run", "--config", "bench/projects.vitest.mjs", `test/e2e/projects/${name}.ts`];
  isGood =
    run("scripts/setup-toolchain.sh", options, folder) &&
    run("node_modules/.bin/vitest", files, folder) &&
    isGood;
}
process.exitCode = isGood ? 0 : 1;
