// Loading real manifests: the whole process, start-up included, against `ninja -t targets all` in turn.
// Run: node bench/parse-ninja.mjs [--runs N] DIRECTORY…, each a build directory with a build.ninja.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "5" } },
  allowPositionals: true,
});
if (positionals.length === 0) {
  process.stderr.write("usage: node bench/parse-ninja.mjs [--runs N] DIRECTORY...\n");
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), "unravel-bench-"));
const child = join(scratch, "child.mjs");
await build({
  entryPoints: [join(import.meta.dirname, "parse-ninja-child.ts")],
  outfile: child,
  bundle: true,
  platform: "node",
  format: "esm",
});

/** CPU seconds and peak MB of one process. */
function measure(directory, words) {
  const report = join(scratch, "time");
  const run = spawnSync("/usr/bin/time", ["-f", "%U %S %M", "-o", report, ...words], {
    cwd: directory,
    maxBuffer: 1 << 30,
  });
  if (run.status !== 0) throw new Error(`${words.join(" ")}: ${run.error ?? run.stderr}`);
  const [user = 0, system = 0, kilobytes = 0] = readFileSync(report, "utf8").trim().split(" ").map(Number);
  return { cpu: user + system, memory: kilobytes / 1024, said: run.stdout };
}

function summary(samples) {
  const sorted = samples.map((sample) => sample.cpu).sort((a, b) => a - b);
  return {
    min: sorted[0],
    median: sorted[Math.floor(sorted.length / 2)],
    memory: Math.max(...samples.map((sample) => sample.memory)),
  };
}

const row = (...cells) => process.stdout.write(`| ${cells.join(" | ")} |\n`);
const ninja = spawnSync("ninja", ["--version"], { encoding: "utf8" }).stdout.trim();
process.stdout.write(
  `Node ${process.version}, ninja ${ninja}, ${cpus()[0]?.model}, ${cpus().length} cores\n\n`,
);
row(
  "graph",
  "runs",
  "ours: min s",
  "median s",
  "MB",
  "ninja: min s",
  "median s",
  "MB",
  "CPU min",
  "CPU median",
  "memory",
);
row(...Array(11).fill("---"));
for (const directory of positionals) {
  const ours = [];
  const theirs = [];
  for (let run = 0; run < Number(values.runs); run++) {
    ours.push(measure(directory, [process.execPath, child]));
    theirs.push(measure(directory, ["ninja", "-t", "targets", "all"]));
  }
  const a = summary(ours);
  const b = summary(theirs);
  row(
    `${basename(directory)}: ${String(ours[0].said).trim()}`,
    values.runs,
    ...[a.min, a.median].map((s) => s.toFixed(2)),
    a.memory.toFixed(0),
    ...[b.min, b.median].map((s) => s.toFixed(2)),
    b.memory.toFixed(0),
    ...[a.min / b.min, a.median / b.median, a.memory / b.memory].map((ratio) => `${ratio.toFixed(2)}x`),
  );
}
rmSync(scratch, { recursive: true });
