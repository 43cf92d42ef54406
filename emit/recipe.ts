// The recipe of a step: all that is foreign in it, in files of one store object (templates/builder/step.sh reads them).

import { asBytes, type Bytes, compareBytes, fromBuffer } from "../graph/bytes.ts";
import { baseOf } from "../graph/scan/path.ts";
import { bytesOfContents, type NarNode } from "./nar.ts";
import { narrowed } from "./plan/narrowed.ts";
import { type Follower, type OutputRef, ownOutputs, type Plan, type PlannedStep } from "./plan/plan.ts";
import type { SetupLink } from "./plan/setup-links.ts";
import { parentOf } from "./plan/tree-path.ts";

/** A file of the plan. */
export interface Source {
  readonly node: NarNode;
  /** The store object, where the file is one of its own. */
  readonly path: Bytes | undefined;
}

/** The recipe: all that is foreign in a step, in files, so that no name or command meets a shell or a length limit. */
export function recipeOf(
  step: PlannedStep,
  plan: Plan,
  sources: readonly Source[],
  groups: readonly Bytes[],
): NarNode {
  const entries = new Map<Bytes, NarNode>();
  const put = (name: string, contents: string): void => {
    entries.set(asBytes(name), { kind: "file", executable: false, contents: asBytes(contents) });
  };
  put("command", `${step.command}\n`);
  put("about", aboutStep(step, plan));
  if (step.followers !== undefined) entries.set(asBytes("then"), followersNode(step, step.followers));
  if (step.responseFile !== undefined) put("response-file", step.responseFile.content);
  if (step.links !== undefined) entries.set(asBytes("links"), treeOf(step.links.map(linkNode)));
  // Not links in the recipe: hundreds for each step, which Nix would write, hash and register.
  if (step.groups !== undefined)
    put("together", step.groups.map((index) => `${groups[index] ?? ""}\0`).join(""));
  if (step.sources.length + step.ownSources.length > 0 || step.narrowed !== undefined) {
    const nodeOf = (index: number, isOwn: boolean): NarNode => {
      const source = sources[index];
      if (source === undefined || (!isOwn && source.path === undefined))
        throw new Error(`no source ${index}`);
      return isOwn || source.path === undefined ? source.node : { kind: "symlink", target: source.path };
    };
    const at = (index: number): Bytes => plan.files[index] ?? asBytes("");
    entries.set(
      asBytes("tree"),
      treeOf([
        ...step.sources.map((index) => [at(index), nodeOf(index, false)] as const),
        ...step.ownSources.map((index) => [at(index), nodeOf(index, true)] as const),
        ...narrowedNode(step, plan, sources),
      ]),
    );
  }
  return { kind: "directory", entries };
}

/** What `step.sh` reads first. */
function aboutStep(step: PlannedStep, plan: Plan): string {
  const inputs = inOrder(step.inputs, plan).map((ref) => {
    const maker = plan.steps[ref.step];
    return maker?.keepsAll === true ? asBytes("") : (maker?.outputs[ref.output]?.path ?? asBytes(""));
  });
  return printAbout({ ...step, outputs: ownOutputs(step), inputs });
}

/** A directory per follower, called by its number, each as the recipe of a step is. */
function followersNode(step: PlannedStep, followers: readonly Follower[]): NarNode {
  const entries = new Map<Bytes, NarNode>();
  const file = (contents: string): NarNode => ({
    kind: "file",
    executable: false,
    contents: asBytes(contents),
  });
  let first = ownOutputs(step).length;
  for (const [index, follower] of followers.entries()) {
    const outputs = step.outputs.slice(first, first + follower.makes);
    first += follower.makes;
    const about = printAbout({ ...follower, outputs, inputs: [] });
    const parts = new Map([
      [asBytes("command"), file(`${follower.command}\n`)],
      [asBytes("about"), file(about)],
    ]);
    entries.set(asBytes(String(index)), { kind: "directory", entries: parts });
  }
  return { kind: "directory", entries };
}

interface About
  extends Pick<
    PlannedStep,
    "depfile" | "directories" | "keepsAll" | "label" | "outputs" | "responseFile" | "unresolved"
  > {
  readonly inputs: readonly Bytes[];
}

/** The fields of a step in one file, NUL-terminated each: a file of each would be many files in the store. */
function printAbout(about: About): string {
  const fields = [
    about.label,
    about.depfile ?? "",
    about.responseFile?.path ?? "",
    about.keepsAll === true ? "all" : "",
    (about.unresolved ?? []).join("\n"),
    String(about.outputs.length),
    String(about.directories.length),
    ...about.outputs.flatMap(({ name, path, optional, isInterface }) => [
      name,
      path,
      isInterface === true ? "interface" : optional ? "optional" : "",
    ]),
    ...about.directories,
    ...about.inputs,
  ];
  return fields.map((field) => `${field}\0`).join("");
}

/** The part of a header of definitions that the step looks at. */
function narrowedNode(
  { narrowed: header }: PlannedStep,
  plan: Plan,
  sources: readonly Source[],
): readonly (readonly [path: Bytes, node: NarNode])[] {
  if (header === undefined) return [];
  const node = sources[header.file]?.node;
  if (node?.kind !== "file") return [];
  const contents = fromBuffer(bytesOfContents(node.contents));
  const part: NarNode = { ...node, contents: narrowed(contents, header.names) };
  return [[plan.files[header.file] ?? asBytes(""), part]];
}

function linkNode({ path, target }: SetupLink): readonly [Bytes, NarNode] {
  return [path, { kind: "symlink", target }];
}

/** A directory tree with nodes at paths. */
export function treeOf(nodes: Iterable<readonly [path: Bytes, node: NarNode]>): NarNode {
  const top = new Map<Bytes, NarNode>();
  const directories = new Map<Bytes, Map<Bytes, NarNode>>([[asBytes(""), top]]);
  const directoryAt = (path: Bytes): Map<Bytes, NarNode> => {
    const known = directories.get(path);
    if (known !== undefined) return known;
    const entries = new Map<Bytes, NarNode>();
    directoryAt(parentOf(path)).set(baseOf(path), { kind: "directory", entries });
    directories.set(path, entries);
    return entries;
  };
  for (const [path, node] of nodes) directoryAt(parentOf(path)).set(baseOf(path), node);
  return { kind: "directory", entries: top };
}

/** By name: how steps are numbered depends on what else is planned. */
export function inOrder(refs: readonly OutputRef[], plan: Plan): readonly OutputRef[] {
  if (refs.length < 2) return refs;
  const ranks = ranksOf(plan);
  return [...refs].sort((a, b) => (ranks[a.step] ?? 0) - (ranks[b.step] ?? 0) || a.output - b.output);
}

const known = new WeakMap<Plan, Int32Array>();

/** By step: the place of its name among all names, found once. */
function ranksOf(plan: Plan): Int32Array {
  let ranks = known.get(plan);
  if (ranks === undefined) {
    const { steps } = plan;
    const nameOf = (step: number): string => steps[step]?.name ?? "";
    const sorted = [...steps.keys()].sort((a, b) => compareBytes(nameOf(a), nameOf(b)));
    ranks = new Int32Array(steps.length);
    for (const [rank, step] of sorted.entries()) ranks[step] = rank;
    known.set(plan, ranks);
  }
  return ranks;
}
