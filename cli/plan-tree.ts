// From a configured tree on disk to a plan: loads the graph, scans headers, plans. Used inside builders and on the
// host alike.

import { createHeaderScan } from "../emit/plan/header-scan.ts";
import type { Plan } from "../emit/plan/plan.ts";
import { planGraph } from "../emit/plan/plan-graph.ts";
import { type Layout, placeOf } from "../emit/plan/tree-path.ts";
import { openTree } from "../emit/sink/tree.ts";
import { loadJsonGraph } from "../generators/json/load.ts";
import { loadMakeAt } from "../generators/make/load-file.ts";
import { applyReadableDyndeps } from "../generators/ninja/dyndep.ts";
import { loadNinja } from "../generators/ninja/load.ts";
import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import type { BuildGraph } from "../graph/graph.ts";
import { jsonOptions, type ReadNamed } from "./graph-file.ts";
import { kernelPlanOptions, loadKernel } from "./kernel/plan.ts";
import { failNoGraph, type PlanSettings, usualGraphFile } from "./settings.ts";

/**
 * `layers`: directories laid over each other, the configured one last. `generated`: files of the tree that earlier
 * plans built, to be scanned.
 */
export function planTree(
  settings: PlanSettings,
  layers: readonly string[],
  generated: readonly string[] = [],
  warn: (note: string) => void = () => {},
): Plan {
  const { root } = settings;
  // Only includes are looked up in what is built: a step is planned alike in every phase.
  const source = openTree(layers, root);
  const tree = openTree([...layers, ...generated], root);
  const built = openTree(generated, root);
  const buildDirectory = asBytes(
    settings.buildDirectory === "" ? root : `${root}/${settings.buildDirectory}`,
  );
  const layout = { root, buildDirectory };
  const readAt = (path: Bytes): Bytes | undefined => {
    const place = placeOf(path, layout);
    return place.kind === "tree" ? tree.read(place.path) : undefined;
  };
  const isBuilt = (path: Bytes): boolean => built.kindAt(path) === "file";
  const plan = planGraph(loadGraph(settings, layout, readAt, warn), {
    name: settings.name,
    layout,
    targets: settings.targets,
    extraInputs: settings.extraInputs,
    kindAt: source.kindAt,
    filesBelow: source.filesBelow,
    linksIn: source.linksIn,
    scan: createHeaderScan({
      layout,
      read: tree.read,
      list: tree.list,
      isBuilt,
      // Its headers travel in groups, of which a unit that has all is less than one that has parts.
      ...(settings.isKernel === true ? { takesEveryBranch: true } : {}),
    }),
    isBuilt,
    ...(settings.isKernel === true ? kernelPlanOptions(tree.read, settings.targets) : {}),
  });
  for (const { outputs, grants } of plan.isComplete ? plan.steps : []) {
    if (grants?.some(({ directory }) => directory === "") !== true) continue;
    warn(
      `"${toText(outputs[0]?.path ?? asBytes(""))}" is made from the whole source tree: any edit makes it again`,
    );
  }
  return plan;
}

function loadGraph(
  settings: PlanSettings,
  layout: Layout,
  readAt: ReadNamed,
  warn: (note: string) => void,
): BuildGraph {
  const { frontend } = settings;
  const graphFile = settings.graphFile ?? usualGraphFile[frontend];
  if (frontend === "json") {
    return loadJsonGraph(readAt(graphFile) ?? failNoGraph(graphFile), jsonOptions(graphFile, layout));
  }
  if (settings.isKernel === true)
    return loadKernel(readAt(graphFile) ?? failNoGraph(graphFile), graphFile, settings.targets);
  if (frontend === "make") {
    const graph = loadMakeAt(readAt(graphFile) ?? failNoGraph(graphFile), graphFile, layout.buildDirectory);
    for (const note of graph.notes) warn(note);
    return graph;
  }
  return applyReadableDyndeps(loadNinja(graphFile, { readFile: readAt }), readAt);
}
