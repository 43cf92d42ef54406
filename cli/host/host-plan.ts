// Plans on the host: a build directory that a developer configured, sources and built files side by side.

import { basename, isAbsolute, resolve } from "node:path";
import type { ExtraInputs } from "../../emit/plan/draft.ts";
import { globToRegExp } from "../../emit/plan/glob.ts";
import { createHeaderScan } from "../../emit/plan/header-scan.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import { type PlanOptions, planGraph } from "../../emit/plan/plan-graph.ts";
import { type Relocate, relocatePlan, relocation } from "../../emit/plan/relocate.ts";
import { type Layout, placeOf } from "../../emit/plan/tree-path.ts";
import { openTree, type Tree } from "../../emit/sink/tree.ts";
import { safeName } from "../../emit/store-path.ts";
import { asBytes, type Bytes, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import type { BuildGraph } from "../../graph/graph.ts";
import { canonicalizePath } from "../../graph/path.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { buildDirectoryOf, checkFrontend } from "../frontend.ts";
import { loadGraphFile, type ReadNamed } from "../graph-file.ts";
import type { Session } from "../io.ts";
import { failUsage } from "../usage.ts";
import { rootOf } from "./root.ts";
import { sourcesOf, withGenerated } from "./source-view.ts";

/** Where the tree lies when a step runs, the same for everybody: checkouts at different places share results. */
export const sandboxRoot: Bytes = asBytes("/build/source");

/** Longest prefix of store names: what Nix allows must hold the path of a file, too. */
const longestName = 60;

/** A configured build directory and the tree around it, loaded. */
export interface Host {
  readonly graph: BuildGraph;
  /** The tree on disk, without what steps make. */
  readonly tree: Tree;
  /** Absolute, on the host. */
  readonly root: string;
  /** Absolute, on the host. */
  readonly buildDirectory: string;
  /** Root and build directory as the graph knows them. */
  readonly layout: Layout;
  /** From the host's root to the sandbox's. */
  readonly move: Relocate;
  /**
   * The plan, relocated: its root is where the tree lies in the sandbox. `generated` are files that steps make, by path relative to the
   * root; a plan is complete when those that matter are among them.
   */
  readonly plan: (generated: ReadonlyMap<Bytes, Bytes>) => Plan;
}

export function loadHost(session: Session, request: PlanRequest): Host {
  const { io } = session;
  const { file, flags } = request;
  const frontend = checkFrontend(request.frontend);
  const buildDirectory = buildDirectoryOf(io, file, flags.C);
  const root = rootOf(session, flags.root, buildDirectory);
  const loaded = loadGraphFile(session, frontend, { file, root, buildDirectory, phonyCycle: flags.w });
  return openHost({
    root,
    isRootGiven: flags.root !== undefined,
    buildDirectory,
    name: flags.name ?? basename(root),
    extraInputs: (flags.extraInputs ?? []).flatMap(parseExtraInputs),
    graph: loaded.graph,
    graphOf: loaded.extended,
    targets: request.targets.map((target) => canonicalizePath(fromText(target))),
  });
}

/** A graph that is loaded already, and how it is to be planned. */
export interface HostRequest
  extends Pick<Host, "buildDirectory" | "graph" | "root">,
    Pick<PlanOptions, "extraInputs" | "targets"> {
  /** Otherwise it was guessed, and an error may be due to that. */
  readonly isRootGiven: boolean;
  /** Prefix of the store objects' names, cut and cleaned as Nix wants it. */
  readonly name: string;
  /** Where the tree lies when a step runs; `sandboxRoot` unless given. */
  readonly place?: Bytes;
  /** What is planned: the graph, and what files that are there by now add to it. */
  readonly graphOf: (readNamed: ReadNamed) => BuildGraph;
}

export function openHost(request: HostRequest): Host {
  const { graph, root, buildDirectory, targets, extraInputs } = request;
  const layout: Layout = { root: fromText(root), buildDirectory: fromText(buildDirectory) };
  const place = request.place ?? sandboxRoot;
  const move = relocation(layout.root, place);
  const tree = sourcesOf(openTree([root]), graph, layout, move);
  const plan = (generated: ReadonlyMap<Bytes, Bytes>): Plan => {
    try {
      const layered = withGenerated(tree, generated);
      const readNamed = (name: Bytes): Bytes | undefined => {
        const found = placeOf(name, layout);
        return found.kind === "tree" ? layered.read(found.path) : undefined;
      };
      const planned = planGraph(request.graphOf(readNamed), {
        name: asBytes(safeName(fromText(request.name)).slice(0, longestName)),
        layout,
        targets,
        extraInputs,
        kindAt: tree.kindAt,
        filesBelow: tree.filesBelow,
        linksIn: tree.linksIn,
        isBuilt: layered.isBuilt,
        scan: createHeaderScan({ layout, ...layered }),
        // Here steps are asked for, shown and counted one by one.
        isUnfused: true,
      });
      return relocatePlan(planned, place);
    } catch (error) {
      throw request.isRootGiven ? error : withRootHint(error);
    }
  };
  return { graph, tree, root, buildDirectory, layout, move, plan };
}

/**
 * For a plan that nothing is built for: contents of generated files that an earlier build left in the build
 * directory, if they are to be trusted.
 */
export function generatedOnDisk(host: Host): ReadonlyMap<Bytes, Bytes> {
  const disk = openTree([host.root]);
  const files = new Map<Bytes, Bytes>();
  for (;;) {
    const plan = host.plan(files);
    if (plan.isComplete) return files;
    const before = files.size;
    for (const ref of plan.built) {
      const path = plan.steps[ref.step]?.outputs[ref.output]?.path;
      const contents = path === undefined ? undefined : disk.read(path);
      if (path !== undefined && contents !== undefined) files.set(path, contents);
    }
    if (files.size === before) return files;
  }
}

/** `GLOB=FILE,…`: what `--extra-inputs` takes. */
export function parseExtraInputs(text: string): readonly ExtraInputs[] {
  const equals = text.indexOf("=");
  const files = text.slice(equals + 1).split(",");
  const wrong = files.some((file) => file === "" || isAbsolute(file) || resolve("/x", file) === "/");
  if (equals <= 0 || wrong || files.some((file) => file.split("/").includes(".."))) {
    failUsage(
      `--extra-inputs takes GLOB=FILE,..., not "${text}"`,
      "globs and files are relative to the root: --extra-inputs 'gen/**=tools,data/names.txt'",
    );
  }
  const paths = files.map((file) => canonicalizePath(fromText(file)));
  return [{ outputs: globToRegExp(fromText(text.slice(0, equals))), files: paths }];
}

function withRootHint(error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  const diagnostics = error.diagnostics.map((diagnostic) =>
    diagnostic.code === "plan/outside-tree"
      ? { ...diagnostic, hint: "name the directory that holds sources and build directory with --root" }
      : diagnostic,
  );
  return new InputError(diagnostics, error.exitCode, { cause: error });
}
