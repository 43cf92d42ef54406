// The tools that `-t` knows, and when they run (ninja: `ChooseTool`).

import { asBytes } from "../../graph/bytes.ts";
import { fatal } from "./failure.ts";
import { spellcheck } from "./spellcheck.ts";
import { clean, cleanDead } from "./tools/clean.ts";
import { compdb, compdbTargets } from "./tools/compdb.ts";
import { deps, graph, missingDeps, query } from "./tools/graph.ts";
import { commands, inputs, multiInputs, rules, targets } from "./tools/list.ts";
import { readOptions, type Tool } from "./tools/tool.ts";

export interface ToolEntry {
  readonly name: string;
  readonly about: string;
  /** "flags": needs no manifest; "load": needs the manifest; "logs": needs what earlier builds left as well. */
  readonly after: "flags" | "load" | "logs";
  readonly run: Tool;
}

const browse: Tool = () =>
  fatal("the tool 'browse' starts a web server, which unravel-ninja does not; use '-t graph' or '-t query'");

const urtle: Tool = () => fatal("the tool 'urtle' draws a turtle, which unravel-ninja does not");

const recompact: Tool = ({ state, memory }) => {
  memory.recompact(state);
  return 0;
};

const restatOptions = {
  short: "h",
  long: new Map([
    ["builddir", { key: "b", takesArgument: true as const }],
    ["help", { key: "h" }],
  ]),
};

const restat: Tool = ({ memory, print }, args) => {
  const usage = "usage: ninja -t restat [--builddir=DIR] [outputs]\n";
  // What is remembered lies in the working directory: DIR changes nothing.
  const given = readOptions("restat", args, restatOptions, usage, print);
  if (given === undefined) return 1;
  memory.restat(given.operands.map(asBytes));
  return 0;
};

/** In ninja's order. */
const entries: readonly ToolEntry[] = [
  { name: "browse", about: "browse dependency graph in a web browser", after: "load", run: browse },
  { name: "clean", about: "clean built files", after: "load", run: clean },
  {
    name: "commands",
    about: "list all commands required to rebuild given targets",
    after: "load",
    run: commands,
  },
  { name: "inputs", about: "list all inputs required to rebuild given targets", after: "load", run: inputs },
  {
    name: "multi-inputs",
    about: "print one or more sets of inputs required to build targets",
    after: "load",
    run: multiInputs,
  },
  { name: "deps", about: "show dependencies stored in the deps log", after: "logs", run: deps },
  {
    name: "missingdeps",
    about: "check deps log dependencies on generated files",
    after: "logs",
    run: missingDeps,
  },
  { name: "graph", about: "output graphviz dot file for targets", after: "load", run: graph },
  { name: "query", about: "show inputs/outputs for a path", after: "logs", run: query },
  { name: "targets", about: "list targets by their rule or depth in the DAG", after: "load", run: targets },
  { name: "compdb", about: "dump JSON compilation database to stdout", after: "load", run: compdb },
  {
    name: "compdb-targets",
    about: "dump JSON compilation database for a given list of targets to stdout",
    after: "load",
    run: compdbTargets,
  },
  { name: "recompact", about: "recompacts ninja-internal data structures", after: "load", run: recompact },
  { name: "restat", about: "restats all outputs in the build log", after: "flags", run: restat },
  { name: "rules", about: "list all rules", after: "load", run: rules },
  {
    name: "cleandead",
    about: "clean built files that are no longer produced by the manifest",
    after: "logs",
    run: cleanDead,
  },
  { name: "urtle", about: "", after: "flags", run: urtle },
];

export function toolList(): string {
  const rows = entries.filter(({ about }) => about !== "");
  return `ninja subtools:\n${rows.map(({ name, about }) => `${name.padStart(11)}  ${about}\n`).join("")}`;
}

export function findTool(name: string): ToolEntry {
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const near = spellcheck(
    name,
    entries.map((entry) => entry.name),
  );
  return fatal(`unknown tool '${name}'${near === undefined ? "" : `, did you mean '${near}'?`}`);
}
