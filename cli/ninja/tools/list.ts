// Tools that list commands, inputs, rules and targets.

import { asBytes, type Bytes, compareBytes } from "../../../graph/bytes.ts";
import { shellQuote } from "../../../graph/shell-quote.ts";
import type { Edge, Node } from "../node.ts";
import { finish, type Walk } from "../scan.ts";
import { spellcheck } from "../spellcheck.ts";
import { collectTargets } from "../targets.ts";
import { readOptions, type Tool, type ToolContext } from "./tool.ts";

const commandsUsage = `usage: ninja -t commands [options] [targets]

options:
  -s     only print the final command to build [target], not the whole chain
`;

export const commands: Tool = (context, args) => {
  const { state, memory, print } = context;
  const given = readOptions("commands", args, { short: "hs" }, commandsUsage, print);
  if (given === undefined) return 1;
  const isSingle = given.options.some(({ key }) => key === "s");
  const seen = new Set<Edge>();
  const visit = function* (edge: Edge): Walk {
    if (!isSingle) {
      for (const input of edge.inputs) {
        const maker = input.inEdge;
        if (maker === undefined || seen.has(maker)) continue;
        seen.add(maker);
        yield visit(maker);
      }
    }
    if (!edge.isPhony) print.out(`${state.recipeOf(edge).command}\n`);
  };
  for (const { inEdge } of collectTargets(given.operands, state, memory.depsLog)) {
    if (inEdge === undefined || seen.has(inEdge)) continue;
    seen.add(inEdge);
    finish(visit(inEdge));
  }
  return 0;
};

const inputsUsage = `Usage '-t inputs [options] [targets]

List all inputs used for a set of targets, sorted in dependency order.
Note that by default, results are shell escaped, and sorted alphabetically,
and never include validation target paths.

Options:
  -h, --help          Print this message.
  -0, --print0            Use \\0, instead of \\n as a line terminator.
  -E, --no-shell-escape   Do not shell escape the result.
  -d, --dependency-order  Sort results by dependency order.
`;

const inputsOptions = {
  short: "h0Ed",
  long: new Map([
    ["help", { key: "h" }],
    ["no-shell-escape", { key: "E" }],
    ["print0", { key: "0" }],
    ["dependency-order", { key: "d" }],
  ]),
};

export const inputs: Tool = ({ state, memory, print }, args) => {
  const given = readOptions("inputs", args, inputsOptions, inputsUsage, print);
  if (given === undefined) return 1;
  const has = (key: string): boolean => given.options.some((option) => option.key === key);
  const seen = new Set<Node>();
  const found: Node[] = [];
  for (const node of collectTargets(given.operands, state, memory.depsLog)) collectInputs(node, seen, found);
  const names = found.map(({ path }) => (has("E") ? path : shellQuote(path)));
  if (!has("d")) names.sort(compareBytes);
  for (const name of names) print.out(`${name}${has("0") ? "\0" : "\n"}`);
  return 0;
};

const multiInputsUsage = `Usage '-t multi-inputs [options] [targets]

Print one or more sets of inputs required to build targets, sorted in dependency order.
The tool works like inputs tool but with addition of the target for each line.
The output will be a series of lines with the following elements:
<target> <delimiter> <input> <terminator>
Note that a given input may appear for several targets if it is used by more than one targets.
Options:
  -h, --help                   Print this message.
  -d  --delimiter=DELIM        Use DELIM instead of TAB for field delimiter.
  -0, --print0                 Use \\0, instead of \\n as a line terminator.
`;

const multiInputsOptions = {
  short: "d:h0",
  long: new Map([
    ["help", { key: "h" }],
    ["delimiter", { key: "d", takesArgument: true as const }],
    ["print0", { key: "0" }],
  ]),
};

export const multiInputs: Tool = ({ state, memory, print }, args) => {
  const given = readOptions("multi-inputs", args, multiInputsOptions, multiInputsUsage, print);
  if (given === undefined) return 1;
  const delimiter = given.options.findLast(({ key }) => key === "d")?.argument ?? "\t";
  const end = given.options.some(({ key }) => key === "0") ? "\0" : "\n";
  for (const node of collectTargets(given.operands, state, memory.depsLog)) {
    const found: Node[] = [];
    collectInputs(node, new Set(), found);
    for (const input of found) print.out(`${node.path}${delimiter}${input.path}${end}`);
  }
  return 0;
};

/** What a node is made of, each after what it is made of; names of phonies are left out (ninja: `InputsCollector`). */
function collectInputs(target: Node, seen: Set<Node>, found: Node[]): void {
  const visit = function* (node: Node): Walk {
    for (const input of node.inEdge?.inputs ?? []) {
      if (seen.has(input)) continue;
      seen.add(input);
      if (input.inEdge !== undefined) yield visit(input);
      if (input.inEdge?.isPhony !== true) found.push(input);
    }
  };
  finish(visit(target));
}

const rulesUsage = `usage: ninja -t rules [options]

options:
  -d     also print the description of the rule
  -h     print this message
`;

export const rules: Tool = ({ state, print }, args) => {
  const given = readOptions("rules", args, { short: "hd" }, rulesUsage, print);
  if (given === undefined) return 1;
  const withDescription = given.options.some(({ key }) => key === "d");
  const described = new Map<Bytes, string>([[asBytes("phony"), ""]]);
  for (const [name, rule] of state.manifest.rules) {
    const pieces = rule.bindings.get(asBytes("description"));
    const text = pieces?.map((piece) => (piece.kind === "text" ? piece.text : `\${${piece.name}}`)).join("");
    described.set(name, text === undefined ? "" : `: ${text}`);
  }
  for (const [name, description] of [...described].sort(([a], [b]) => compareBytes(a, b))) {
    print.out(`${name}${withDescription ? description : ""}\n`);
  }
  return 0;
};

export const targets: Tool = (context, args) => {
  const { state, print } = context;
  const [mode = "depth", argument] = args;
  switch (mode) {
    case "rule":
      printRule(context, argument ?? asBytes(""));
      return 0;
    case "all":
      for (const edge of state.allEdges()) {
        for (const { path } of edge.outputs) print.out(`${path}: ${edge.rule}\n`);
      }
      return 0;
    case "depth":
      printTree(context, args.length === 0 ? 1 : argument === undefined ? 1 : leadingInteger(argument));
      return 0;
    default: {
      const near = spellcheck(mode, ["rule", "depth", "all"]);
      const hint = near === undefined ? "" : `, did you mean '${near}'?`;
      print.error(`unknown target tool mode '${mode}'${hint}`);
      return 1;
    }
  }
};

function printRule({ state, print }: ToolContext, rule: Bytes): void {
  const edges = state.allEdges();
  if (rule === "") {
    for (const edge of edges) {
      for (const input of edge.inputs) if (input.inEdge === undefined) print.out(`${input.path}\n`);
    }
    return;
  }
  const outputs = edges.filter((edge) => edge.rule === rule).flatMap((edge) => edge.outputs);
  for (const path of new Set(outputs.map((output) => output.path).sort(compareBytes))) print.out(`${path}\n`);
}

/** To a depth from 1; 0 and less is all. */
function printTree({ state, print }: ToolContext, depth: number): void {
  const visit = function* (nodes: readonly Node[], left: number, indent: number): Walk {
    for (const node of nodes) {
      const edge = node.inEdge;
      print.out(`${"  ".repeat(indent)}${node.path}${edge === undefined ? "" : `: ${edge.rule}`}\n`);
      if (edge !== undefined && left !== 1) yield visit(edge.inputs, left - 1, indent + 1);
    }
  };
  finish(visit(state.rootNodes(), depth, 0));
}

/** C's `atoi`. */
function leadingInteger(text: string): number {
  return Number.parseInt(text, 10) || 0;
}
