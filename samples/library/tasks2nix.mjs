// A lang2nix program of one's own, on top of the library: a derivation for each task of a list, in a binary cache that any
// Nix takes. It needs no Nix itself.
//
//   node tasks2nix.mjs tasks.txt toolchain.json cache
//
// A task is a line `OUTPUT: INPUT ... = COMMAND`. The path of the derivation that has all results is printed.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  cacheSink,
  contextOf,
  fromText,
  graphSchema,
  InputError,
  loadJsonGraph,
  objectsOf,
  openHost,
  parseToolchain,
  toText,
} from "unravel";

const [tasks, toolchain, to] = process.argv.slice(2);

/** The one part that knows the language; everything else is the library's. */
function stepsOf(text) {
  return text.split("\n").flatMap((line) => {
    const task = /^(\S+):(.*?)=(.*)$/.exec(line);
    if (task === null) return [];
    return [{ outputs: [task[1]], inputs: task[2].split(" ").filter((word) => word !== ""), command: task[3].trim() }];
  });
}

try {
  const steps = stepsOf(readFileSync(tasks, "utf8"));
  // docs/graph-format.md says what a step can have.
  const graph = loadJsonGraph(fromText(JSON.stringify({ schema: graphSchema, steps })), { file: fromText(tasks) });
  const root = dirname(resolve(tasks));
  const host = openHost({
    graph,
    graphOf: () => graph,
    root,
    buildDirectory: root,
    isRootGiven: true,
    name: "tasks",
    targets: [],
    extraInputs: [],
  });
  // What each step reads; then every store object, with its final path.
  const plan = host.plan(new Map());
  const context = await contextOf(host, parseToolchain(readFileSync(toolchain, "utf8"), toolchain));
  const { derived, objects } = objectsOf(host, plan, context);
  await cacheSink(resolve(to)).deliver(objects);
  console.log(toText(derived.root));
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  for (const { code, message, hint } of error.diagnostics)
    console.error(`error: ${message} [${code}]${hint === undefined ? "" : `\n  hint: ${hint}`}`);
  process.exitCode = error.exitCode;
}
