// Loads and plans a real manifest, then makes the text of every derivation. Prints seconds of CPU and the peak of
// memory, and of the plan how much is reading commands and scanning headers, in wall time.
// Run: node bench/run.mjs plan-graph [--tree DIRECTORY] BUILD_DIRECTORY ROOT BUILD_DIRECTORY_THEN [TARGET...]
// ROOT and BUILD_DIRECTORY_THEN are where the graph was made; --tree is where ROOT lies now. What it lacks and
// the manifest reads counts as an empty file; without it, so does everything, and what steps make as well.

import "../cli/tune-v8.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { derive } from "../emit/derive.ts";
import type { NarNode } from "../emit/nar.ts";
import type { TreeKind } from "../emit/plan/graph-view.ts";
import { createHeaderScan } from "../emit/plan/header-scan.ts";
import { planGraph } from "../emit/plan/plan-graph.ts";
import { parentOf, placeOf } from "../emit/plan/tree-path.ts";
import { openTree, type Tree } from "../emit/sink/tree.ts";
import { loadNinja } from "../generators/ninja/load.ts";
import { asBytes, type Bytes, compareBytes, fromText, toText } from "../graph/bytes.ts";
import type { BuildGraph } from "../graph/graph.ts";

const { values, positionals } = parseArgs({
  options: { tree: { type: "string" } },
  allowPositionals: true,
});
const [directory = "", rootThen = "", buildThen = "", ...targets] = positionals;
const layout = { root: fromText(rootThen), buildDirectory: fromText(buildThen) };
const empty: NarNode = { kind: "file", executable: false, contents: asBytes("") };

let last = process.cpuUsage();
function lap(what: string): void {
  const { user, system } = process.cpuUsage(last);
  last = process.cpuUsage();
  const peak = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `${what.padEnd(9)} ${((user + system) / 1e6).toFixed(2).padStart(8)} s CPU, peak ${peak.toFixed(0)} MB\n`,
  );
}

/** What lay in the system is a package's, as it has to be for a build. */
function withToolchain(manifest: Buffer): Buffer {
  if (!manifest.includes("/usr/")) return manifest;
  const store = "/nix/store/44444444444444444444444444444444-toolchain/usr/";
  const text = manifest.toString("latin1").replace(/(?<= |-I|-isystem ?)(?:\/|(?:\.\.\/){3,})usr\//g, store);
  return Buffer.from(text, "latin1");
}

/** Files that the graph reads and no step makes, and the directories above them. */
function absentTree(graph: BuildGraph): Tree {
  const kinds = new Map<Bytes, TreeKind>();
  const names = new Map<Bytes, Set<Bytes>>();
  const addDirectory = (path: Bytes): Set<Bytes> => {
    const known = names.get(path);
    if (known !== undefined) return known;
    const entries = new Set<Bytes>();
    names.set(path, entries);
    kinds.set(path, "directory");
    if (path !== "") addDirectory(parentOf(path)).add(asBytes(path.slice(path.lastIndexOf("/") + 1)));
    return entries;
  };
  const made = new Set<number>();
  for (const step of graph.steps) for (const output of step.outputs) made.add(output);
  for (const [file, name] of graph.files.entries()) {
    if (made.has(file)) continue;
    const place = placeOf(name, layout);
    if (place.kind !== "tree" || kinds.has(place.path)) continue;
    kinds.set(place.path, "file");
    addDirectory(parentOf(place.path)).add(asBytes(place.path.slice(place.path.lastIndexOf("/") + 1)));
  }
  return {
    kindAt: (path) => kinds.get(path),
    list: (path) => names.get(path),
    read: () => undefined,
    linksIn: () => new Map(),
    nodeAt: () => empty,
    filesBelow: (below) =>
      [...kinds]
        .flatMap(([path, kind]) => (kind === "file" && path.startsWith(`${below}/`) ? [path] : []))
        .sort(compareBytes),
  };
}

/** What configure made is missing from a tree of sources: the graph says that it is there. */
function laidOver(lower: Tree, upper: Tree): Tree {
  const names = new Map<Bytes, ReadonlySet<Bytes> | undefined>();
  return {
    kindAt: (path) => upper.kindAt(path) ?? lower.kindAt(path),
    list: (path) => {
      if (!names.has(path)) {
        const [above, below] = [upper.list(path), lower.list(path)];
        names.set(
          path,
          above === undefined || below === undefined ? (above ?? below) : new Set([...above, ...below]),
        );
      }
      return names.get(path);
    },
    read: (path) => upper.read(path),
    linksIn: (path) => upper.linksIn(path),
    nodeAt: (path) => upper.nodeAt(path) ?? lower.nodeAt(path),
    filesBelow: (path) =>
      [...new Set([...upper.filesBelow(path), ...lower.filesBelow(path)])].sort(compareBytes),
  };
}

lap("start");
const graph = loadNinja(asBytes("build.ninja"), {
  readFile: (path) => {
    const place = placeOf(path, layout);
    const relative = placeOf(layout.buildDirectory, layout).path;
    if (place.kind !== "tree") return undefined;
    const inside = relative === "" ? place.path : place.path.slice(relative.length + 1);
    return withToolchain(readFileSync(join(directory, toText(asBytes(inside)))));
  },
});
lap("load");
const absent = absentTree(graph);
const source = values.tree === undefined ? absent : laidOver(absent, openTree([values.tree], layout.root));
lap("tree");
const scan = createHeaderScan({
  layout,
  read: source.read,
  list: source.list,
  isBuilt: () => values.tree === undefined,
});
let scanned = 0;
let units = 0;
const plan = planGraph(graph, {
  name: asBytes("bench"),
  layout,
  targets: targets.map(fromText),
  extraInputs: [],
  kindAt: source.kindAt,
  filesBelow: source.filesBelow,
  scan: (recipe, made) => {
    // Wall time: asking for CPU time twice a unit took a tenth of the plan.
    const before = performance.now();
    const found = scan(recipe, made);
    scanned += (performance.now() - before) / 1e3;
    if (found?.isCompile === true) units++;
    return found;
  },
  isBuilt: () => values.tree === undefined,
});
lap("plan");
process.stdout.write(
  `  of it scan ${scanned.toFixed(2)} s, ${units} units, ${((scanned / Math.max(units, 1)) * 1000).toFixed(2)} ms each\n`,
);
const derived = derive(
  plan,
  {
    storeDir: asBytes("/nix/store"),
    system: asBytes("x86_64-linux"),
    shell: asBytes("/nix/store/00000000000000000000000000000000-bash/bin/bash"),
    stepScript: asBytes("/nix/store/11111111111111111111111111111111-step.sh"),
    interfaceScript: asBytes("/nix/store/55555555555555555555555555555555-interface.sh"),
    rootScript: asBytes("/nix/store/22222222222222222222222222222222-root.sh"),
    environment: asBytes("/nix/store/33333333333333333333333333333333-environment"),
    known: new Map(),
  },
  source.nodeAt,
);
lap("derive");
process.stdout.write(
  `${plan.steps.length} steps, ${plan.files.length} sources, ${derived.derivations.length} derivations\n`,
);
