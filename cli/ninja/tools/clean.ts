// Tools that remove what was built: `-t clean` and `-t cleandead`.

import type { Bytes } from "../../../graph/bytes.ts";
import { canonicalizePath } from "../../../graph/path.ts";
import type { Edge, Node } from "../node.ts";
import { finish, type Walk } from "../scan.ts";
import { readOptions, type Tool, type ToolContext, tryLoadDyndep } from "./tool.ts";

const usage = `usage: ninja -t clean [options] [targets]

options:
  -g     also clean files marked as ninja generator output
  -r     interpret targets as a list of rules to clean instead
`;

export const clean: Tool = (context, args) => {
  const { print } = context;
  const given = readOptions("clean", args, { short: "hgr" }, usage, print);
  if (given === undefined) return 1;
  const has = (key: string): boolean => given.options.some((option) => option.key === key);
  if (has("r") && given.operands.length === 0) {
    print.error("expected a rule to clean");
    return 1;
  }
  const cleaner = new Cleaner(context);
  if (given.operands.length === 0) return cleaner.all(has("g"));
  return has("r") ? cleaner.rules(given.operands) : cleaner.targets(given.operands);
};

export const cleanDead: Tool = (context) => new Cleaner(context).dead();

class Cleaner {
  readonly #context: ToolContext;
  readonly #removed = new Set<Bytes>();
  readonly #edges: readonly Edge[];
  #count = 0;
  #code = 0;

  constructor(context: ToolContext) {
    this.#context = context;
    this.#edges = context.state.allEdges();
  }

  all(withGenerators: boolean): number {
    return this.#run(() => {
      for (const edge of this.#edges) {
        if (edge.isPhony || (!withGenerators && edge.state.factsOf(edge).isGenerator)) continue;
        for (const output of edge.outputs) this.#remove(output.path);
        this.#removeExtras(edge);
      }
    });
  }

  rules(names: readonly Bytes[]): number {
    const { state, print, isVerbose } = this.#context;
    return this.#run(() => {
      for (const name of names) {
        if (name !== "phony" && !state.manifest.rules.has(name)) {
          print.error(`unknown rule '${name}'`);
          this.#code = 1;
          continue;
        }
        if (isVerbose) print.out(`Rule ${name}\n`);
        for (const edge of this.#edges) {
          if (edge.rule !== name) continue;
          for (const output of edge.outputs) {
            this.#remove(output.path);
            this.#removeExtras(edge);
          }
        }
      }
    });
  }

  targets(names: readonly Bytes[]): number {
    const { state, print, isVerbose } = this.#context;
    const cleaned = new Set<Node>();
    return this.#run(() => {
      for (const name of names) {
        if (name === "") {
          print.error("failed to canonicalize '': empty path");
          this.#code = 1;
          continue;
        }
        const path = canonicalizePath(name);
        const target = state.lookup(path);
        if (target === undefined) {
          print.error(`unknown target '${path}'`);
          this.#code = 1;
          continue;
        }
        if (isVerbose) print.out(`Target ${path}\n`);
        finish(this.#target(target, cleaned));
      }
    });
  }

  /** Outputs of earlier builds that the manifest does not name any more. */
  dead(): number {
    const { state, memory } = this.#context;
    return this.#run(() => {
      for (const output of [...memory.buildLog.outputs()]) {
        const node = state.lookup(output);
        if (node === undefined || (node.inEdge === undefined && node.outEdges.length === 0))
          this.#remove(output);
      }
    });
  }

  *#target(node: Node, cleaned: Set<Node>): Walk {
    const edge = node.inEdge;
    if (edge !== undefined) {
      if (!edge.isPhony) {
        for (const output of edge.outputs) this.#remove(output.path);
        this.#removeExtras(edge);
      }
      for (const input of edge.inputs) if (!cleaned.has(input)) yield this.#target(input, cleaned);
    }
    cleaned.add(node);
  }

  #run(body: () => void): number {
    const { print, isVerbose } = this.#context;
    print.out(isVerbose ? "Cleaning...\n" : "Cleaning... ");
    for (const edge of this.#edges) tryLoadDyndep(edge.dyndep, this.#context, false);
    body();
    print.out(`${this.#count} files.\n`);
    return this.#code;
  }

  #removeExtras(edge: Edge): void {
    const { depfile, responseFile } = edge.state.recipeOf(edge);
    if (depfile !== undefined) this.#remove(depfile);
    if (responseFile !== undefined) this.#remove(responseFile.path);
  }

  #remove(path: Bytes): void {
    const { disk, isDryRun } = this.#context;
    if (this.#removed.has(path)) return;
    this.#removed.add(path);
    if (isDryRun) {
      if (disk.stat(path) > 0) this.#report(path);
      return;
    }
    const removal = disk.removeFile(path);
    if (removal === "removed") this.#report(path);
    else if (removal !== "absent") {
      this.#context.print.error(`remove(${path}): ${removal.reason}`);
      this.#code = 1;
    }
  }

  #report(path: Bytes): void {
    this.#count++;
    if (this.#context.isVerbose) this.#context.print.out(`Remove ${path}\n`);
  }
}
