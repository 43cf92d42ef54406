// Tools that show the graph around nodes: `-t graph`, `-t query`, `-t deps`, `-t missingdeps`.

import type { Bytes } from "../../../graph/bytes.ts";
import { isDirectoryName } from "../log.ts";
import type { Edge, Node } from "../node.ts";
import { finish, type Walk } from "../scan.ts";
import { collectTarget, collectTargets } from "../targets.ts";
import { type Tool, type ToolContext, tryLoadDyndep } from "./tool.ts";

/** Graphviz. Ninja names nodes by their addresses; here they are numbers that look alike. */
export const graph: Tool = (context, args) => {
  const { state, memory, print } = context;
  const seen = new Set<Node>();
  const seenEdges = new Set<Edge>();
  const idOf = (item: Node | Edge): string =>
    `"0x${(0x1000_0000 + 16 * item.id + ("step" in item ? 8 : 0)).toString(16)}"`;
  const visit = function* (node: Node): Walk {
    if (seen.has(node)) return;
    print.out(`${idOf(node)} [label="${node.path.replaceAll("\\", "/")}"]\n`);
    seen.add(node);
    const edge = node.inEdge;
    if (edge === undefined || seenEdges.has(edge)) return;
    seenEdges.add(edge);
    tryLoadDyndep(edge.dyndep, context, true);
    const [input, output] = [edge.inputs[0], edge.outputs[0]];
    if (
      edge.inputs.length === 1 &&
      edge.outputs.length === 1 &&
      input !== undefined &&
      output !== undefined
    ) {
      print.out(`${idOf(input)} -> ${idOf(output)} [label=" ${edge.rule}"]\n`);
    } else {
      print.out(`${idOf(edge)} [label="${edge.rule}", shape=ellipse]\n`);
      for (const out of edge.outputs) print.out(`${idOf(edge)} -> ${idOf(out)}\n`);
      for (const [index, read] of edge.inputs.entries()) {
        const style = edge.isOrderOnly(index) ? " style=dotted" : "";
        print.out(`${idOf(read)} -> ${idOf(edge)} [arrowhead=none${style}]\n`);
      }
    }
    for (const read of edge.inputs) yield visit(read);
  };
  const nodes = collectTargets(args, state, memory.depsLog);
  print.out(
    'digraph ninja {\nrankdir="LR"\nnode [fontsize=10, shape=box, height=0.25]\nedge [fontsize=10]\n',
  );
  for (const node of nodes) finish(visit(node));
  print.out("}\n");
  return 0;
};

export const query: Tool = (context, args) => {
  const { state, memory, print } = context;
  if (args.length === 0) {
    print.error("expected a target to query");
    return 1;
  }
  state.allEdges();
  // Recorded dependencies count as well, as ninja reads its log before it runs this tool.
  for (const name of args) {
    const node = collectTarget(name, state, memory.depsLog);
    print.out(`${node.path}:\n`);
    if (node.inEdge !== undefined) printMaker(node.inEdge, context);
    print.out("  outputs:\n");
    for (const user of node.outEdges) for (const { path } of user.outputs) print.out(`    ${path}\n`);
    if (node.validationOutEdges.length > 0) print.out("  validation for:\n");
    for (const user of node.validationOutEdges)
      for (const { path } of user.outputs) print.out(`    ${path}\n`);
  }
  return 0;
};

function printMaker(edge: Edge, context: ToolContext): void {
  const { print } = context;
  tryLoadDyndep(edge.dyndep, context, true);
  print.out(`  input: ${edge.rule}\n`);
  for (const [index, input] of edge.inputs.entries()) {
    const label = edge.isImplicit(index) ? "| " : edge.isOrderOnly(index) ? "|| " : "";
    print.out(`    ${label}${input.path}\n`);
  }
  if (edge.validations.length > 0) print.out("  validations:\n");
  for (const { path } of edge.validations) print.out(`    ${path}\n`);
}

export const deps: Tool = ({ state, disk, memory, print }, args) => {
  const isLive = (path: Bytes): boolean => {
    const edge = state.lookup(path)?.inEdge;
    return edge !== undefined && state.factsOf(edge).deps !== "";
  };
  const outputs =
    args.length === 0
      ? [...memory.depsLog.outputs()].filter(isLive)
      : collectTargets(args, state, memory.depsLog).map(({ path }) => path);
  for (const path of outputs) {
    const found = memory.depsLog.lookup(path);
    if (found === undefined) {
      print.out(`${path}: deps not found\n`);
      continue;
    }
    const mtime = disk.stat(path);
    const files = found.files.filter((file) => !isDirectoryName(file));
    const validity = mtime === 0 || mtime > found.mtime ? "STALE" : "VALID";
    print.out(`${path}: #deps ${files.length}, deps mtime ${found.mtime} (${validity})\n`);
    for (const file of files) print.out(`    ${file}\n`);
    print.out("\n");
  }
  return 0;
};

/** Recorded dependencies on generated files that no build statement promises to have made before. */
export const missingDeps: Tool = (context, args) => {
  const { state, memory, print } = context;
  const seen = new Set<Node>();
  const generated = new Set<Node>();
  const rules = new Set<Bytes>();
  const missing = new Set<Node>();
  let paths = 0;
  const judge = (node: Node, edge: Edge): void => {
    const files = memory.depsLog.lookup(node.path)?.files ?? [];
    // Naming build.ninja means "again after every configure".
    if (files.some((file) => file === "build.ninja")) return;
    const nodes = files.flatMap((file) => state.lookup(file) ?? []);
    const makers = new Set(nodes.flatMap((file) => file.inEdge ?? []));
    const names = new Set<Bytes>();
    for (const maker of [...makers].sort((a, b) => a.id - b.id)) {
      if (isBehind(maker, edge)) continue;
      for (const file of nodes) {
        if (file.inEdge !== maker) continue;
        generated.add(file);
        rules.add(maker.rule);
        names.add(maker.rule);
        print.out(`Missing dep: ${node.path} uses ${file.path} (generated by ${maker.rule})\n`);
      }
      missing.add(node);
    }
    paths += names.size;
  };
  const visit = function* (node: Node): Walk {
    const edge = node.inEdge;
    if (edge === undefined || seen.has(node)) return;
    seen.add(node);
    for (const input of edge.inputs) yield visit(input);
    judge(node, edge);
  };
  for (const node of collectTargets(args, state, memory.depsLog)) finish(visit(node));
  print.out(`Processed ${seen.size} nodes.\n`);
  if (missing.size === 0) {
    print.out("No missing dependencies on generated files found.\n");
    return 0;
  }
  print.out(`Error: There are ${paths} missing dependency paths.\n`);
  print.out(
    `${missing.size} targets had depfile dependencies on ${generated.size} distinct generated inputs `,
  );
  print.out(`(from ${rules.size} rules)  without a non-depfile dep path to the generator.\n`);
  print.out(
    "There might be build flakiness if any of the targets listed above are built alone, or not late ",
  );
  print.out("enough, in a clean output directory.\n");
  return 3;
};

/** Whether an edge must have run before another may. */
function isBehind(maker: Edge, edge: Edge): boolean {
  const seen = new Set<Edge>([edge]);
  for (const next of seen) {
    for (const input of next.inputs) {
      if (input.inEdge === maker) return true;
      if (input.inEdge !== undefined) seen.add(input.inEdge);
    }
  }
  return false;
}
