// What the scanner finds beside what the compiler reads, for the compile commands of a build directory on this machine,
// configured and, where its headers are generated, built. Says which files are declared and not read, and for how many
// units, and fails when one is read and not found.
// Run: node bench/run.mjs headers [--every N] [--match REGEXP] [--known FILE] [--why NAME] ROOT BUILD_DIRECTORY
// What was read is in ninja's log (`ninja -t deps`) or asked of the compiler (`-M`); --known keeps the answers in a file;
// --why names the units that have a file whose name ends so.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseArgs } from "node:util";
import { createHeaderScan } from "../emit/plan/header-scan.ts";
import { loadNinja } from "../generators/ninja/load.ts";
import { asBytes, type Bytes, fromBuffer, fromText } from "../graph/bytes.ts";

const { values, positionals } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    match: { type: "string", default: "" },
    known: { type: "string" },
    why: { type: "string" },
  },
  allowPositionals: true,
});
const [root = "", directory = ""] = positionals.map((path) => posix.resolve(path));
const layout = { root: fromText(root), buildDirectory: fromText(directory) };

function readOrNone(path: string): Bytes | undefined {
  try {
    return fromBuffer(readFileSync(path));
  } catch {
    return undefined;
  }
}

const listings = new Map<Bytes, ReadonlySet<Bytes> | undefined>();
function list(inside: Bytes): ReadonlySet<Bytes> | undefined {
  if (!listings.has(inside)) {
    let names: ReadonlySet<Bytes> | undefined;
    try {
      names = new Set(readdirSync(join(root, inside)).map(asBytes));
    } catch {
      names = undefined;
    }
    listings.set(inside, names);
  }
  return listings.get(inside);
}

/** Output as the manifest spells it -> paths as the compiler spelled them. */
function loggedReads(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const { stdout } = spawnSync("ninja", ["-t", "deps"], {
    cwd: directory,
    encoding: "latin1",
    maxBuffer: 1 << 30,
  });
  let current: string[] | undefined;
  for (const line of (stdout ?? "").split("\n")) {
    const target = /^(\S.*): #deps \d+, deps mtime \d+ \((VALID|STALE)\)$/.exec(line)?.[1];
    if (target !== undefined) {
      current = [];
      found.set(target, current);
    } else if (line.startsWith("    ")) current?.push(line.slice(4));
  }
  return found;
}

function askCompiler(command: string): readonly string[] | undefined {
  const asks = command
    .replace(/ -MM?D(?= )/, "")
    .replace(/ -M[QTF] \S+/g, "")
    .replace(/ -o \S+/, "")
    .replace(/ -c(?= )/, " -M");
  if (!asks.includes(" -M ")) return undefined;
  try {
    const text = execFileSync("/bin/sh", ["-c", asks], { cwd: directory, encoding: "latin1", stdio: "pipe" });
    return text
      .replace(/\\\n/g, " ")
      .slice(text.indexOf(": ") + 2)
      .split(/\s+/)
      .filter((word) => word !== "");
  } catch {
    // A header that is not generated yet.
    return undefined;
  }
}

const graph = loadNinja(asBytes("build.ninja"), {
  readFile: (path) => readFileSync(posix.resolve(directory, path)),
});
const known = new Map<string, readonly string[] | null>(
  values.known !== undefined && existsSync(values.known)
    ? (JSON.parse(readFileSync(values.known, "utf8")) as [string, readonly string[] | null][])
    : [],
);
const logged = loggedReads();
const made = new Set<string>();
for (const step of graph.steps)
  for (const output of step.outputs) made.add(posix.resolve(directory, graph.files[output] ?? ""));
const isMade = (path: Bytes): boolean => made.has(join(root, path));
const scan = createHeaderScan({
  layout,
  read: (path) => readOrNone(join(root, path)),
  list,
  isBuilt: (path) => existsSync(join(root, path)),
});

let [units, declared, read, asked] = [0, 0, 0, 0];
const extra = new Map<string, number>();
const missing = new Map<string, number>();
let spent = 0;
for (const step of graph.steps) {
  const recipe = graph.recipeOf(step);
  const output = graph.files[step.outputs[0] ?? -1];
  if (output === undefined || !output.match(values.match)) continue;
  const before = process.cpuUsage();
  const found = scan(recipe, { isMade, directoriesIn: () => undefined });
  const { user, system } = process.cpuUsage(before);
  if (found?.isCompile !== true) continue;
  spent += user + system;
  if (asked++ % Number(values.every) !== 0) continue;
  let paths = logged.get(output) ?? known.get(recipe.command);
  if (paths === undefined) {
    paths = askCompiler(recipe.command) ?? null;
    known.set(recipe.command, paths);
  }
  // A depfile without the source tells nothing: nasm writes one unasked.
  if (paths === null || paths.length === 0) continue;
  const truth = new Set(
    paths.map((path) => posix.resolve(directory, path)).filter((path) => path.startsWith(`${root}/`)),
  );
  const files = new Set([...found.sources, ...found.made].map((path) => join(root, path)));
  units++;
  declared += files.size;
  read += truth.size;
  for (const path of files) if (!truth.has(path)) extra.set(path, (extra.get(path) ?? 0) + 1);
  if (values.why !== undefined)
    for (const path of files)
      if (!truth.has(path) && path.endsWith(values.why)) process.stdout.write(`${output} has ${path}\n`);
  for (const path of truth) if (!files.has(path)) missing.set(path, (missing.get(path) ?? 0) + 1);
}
const ranked = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([path, count]) => `  ${String(count).padStart(5)} ${path.slice(root.length + 1)}\n`)
    .join("");
process.stdout.write(
  `declared and not read:\n${ranked(extra)}read and not declared:\n${ranked(missing)}` +
    `${units} units of ${asked}: declared ${declared}, read ${read}, ${((declared / read - 1) * 100).toFixed(2)} % more; ` +
    `scan ${(spent / 1000 / asked).toFixed(2)} ms of CPU each\n`,
);
if (values.known !== undefined) writeFileSync(values.known, JSON.stringify([...known]));
if (missing.size > 0) process.exitCode = 1;
