// Compilation databases: `-t compdb` and `-t compdb-targets`.

import type { Bytes } from "../../../graph/bytes.ts";
import { fatal, wordsOf } from "../failure.ts";
import type { Edge, Node } from "../node.ts";
import { finish, type Walk } from "../scan.ts";
import { collectTarget } from "../targets.ts";
import { readOptions, type Tool, type ToolContext } from "./tool.ts";

const usage = `usage: ninja -t compdb [options] [rules]

options:
  -x     expand @rspfile style response file invocations
`;

export const compdb: Tool = (context, args) => {
  const { state, print } = context;
  const given = readOptions("compdb", args, { short: "hx" }, usage, print);
  if (given === undefined) return 1;
  const expands = given.options.some(({ key }) => key === "x");
  const rules = given.operands;
  const edges = state.allEdges().flatMap((edge) => {
    if (rules.length === 0) return [edge];
    return rules.filter((rule) => rule === edge.rule).map(() => edge);
  });
  printDatabase(context, edges, expands);
  return 0;
};

const targetsUsage = `usage: ninja -t compdb [-hx] target [targets]

options:
  -h     display this help message
  -x     expand @rspfile style response file invocations
`;

export const compdbTargets: Tool = (context, args) => {
  const { state, print } = context;
  const given = readOptions("compdb-targets", args, { short: "hx" }, targetsUsage, print);
  if (given === undefined) return 1;
  if (given.operands.length === 0) {
    print.error("compdb-targets expects the name of at least one target");
    print.out(targetsUsage);
    return 1;
  }
  // What is read only for the sake of a check is told by who reads what at all.
  state.allEdges();
  const seen = new Set<Node>();
  const seenEdges = new Set<Edge>();
  const found: Edge[] = [];
  const visit = function* (node: Node): Walk {
    const edge = node.inEdge;
    if (seen.has(node)) return;
    seen.add(node);
    if (edge === undefined || seenEdges.has(edge)) return;
    seenEdges.add(edge);
    for (const input of edge.inputs) if (!seen.has(input)) yield visit(input);
    if (!edge.isPhony) found.push(edge);
  };
  for (const name of given.operands) {
    const node = targetOrDie(name, context);
    if (node.inEdge === undefined) {
      fatal(`'${node.path}' is not a target (i.e. it is not an output of any \`build\` statement)`);
    }
    finish(visit(node));
  }
  printDatabase(
    context,
    found,
    given.options.some(({ key }) => key === "x"),
  );
  return 0;
};

/** Ninja makes no difference here between a mistake and a disaster. */
function targetOrDie(name: Bytes, { state, memory }: ToolContext): Node {
  try {
    return collectTarget(name, state, memory.depsLog);
  } catch (error) {
    return fatal(wordsOf(error) ?? refuseOther(error));
  }
}

function refuseOther(error: unknown): never {
  throw error;
}

function printDatabase({ directory, print }: ToolContext, edges: readonly Edge[], expands: boolean): void {
  print.out("[");
  let isFirst = true;
  for (const edge of edges) {
    if (edge.inputs.length === 0 || isOnlyValidation(edge)) continue;
    const command = commandOf(edge, expands);
    for (const input of edge.inputs) {
      print.out(isFirst ? "\n  {\n" : ",\n  {\n");
      print.out(`    "directory": "${escapeJson(directory)}",\n`);
      print.out(`    "command": "${escapeJson(command)}",\n`);
      print.out(`    "file": "${escapeJson(input.path)}",\n`);
      print.out(`    "output": "${escapeJson(edge.outputs[0]?.path ?? "")}"\n  }`);
      isFirst = false;
    }
  }
  print.out("\n]\n");
}

function isOnlyValidation(edge: Edge): boolean {
  return (
    edge.outputs.length > 0 &&
    edge.outputs.every((output) => output.validationOutEdges.length > 0 && output.outEdges.length === 0)
  );
}

/** With the content of a response file in its place, where the command names it in one of three known ways. */
function commandOf(edge: Edge, expands: boolean): string {
  const { command, responseFile } = edge.state.recipeOf(edge);
  if (!expands || responseFile === undefined) return command;
  const at = command.indexOf(responseFile.path);
  const content = responseFile.content.replaceAll("\n", " ");
  const end = at + responseFile.path.length;
  for (const mark of ["@", "-f ", "--option-file="]) {
    const isMarked = mark === "@" ? command[at - 1] === "@" : command.indexOf(mark) === at - mark.length;
    if (at > 0 && isMarked) return command.slice(0, at - mark.length) + content + command.slice(end);
  }
  return command;
}

/** As ninja writes it: bytes above 0x7f stay as they are. */
function escapeJson(text: string): string {
  return text.replace(/[\x00-\x1f"\\]/g, (char) => {
    const short = {
      "\b": "\\b",
      "\f": "\\f",
      "\n": "\\n",
      "\r": "\\r",
      "\t": "\\t",
      "\\": "\\\\",
      '"': '\\"',
    }[char];
    return short ?? `\\u00${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
