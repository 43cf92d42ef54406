// What emission costs per store object, the same plan through every sink on real Nix: N units in folders of 50, five
// of fifty headers each. No step runs. For `outputs`, Nix runs all emitting derivations, without the window.
// Run: node bench/run.mjs emission [--recursive-up-to N] [UNITS...]

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { emissionContext } from "../cli/settings.ts";
import { derive } from "../emit/derive.ts";
import type { StoreObject } from "../emit/object.ts";
import { parsePlan } from "../emit/plan/plan.ts";
import { cacheSink } from "../emit/sink/cache.ts";
import { openDaemonSink } from "../emit/sink/daemon.ts";
import { memorySink } from "../emit/sink/memory.ts";
import type { Sink } from "../emit/sink/sink.ts";
import { openTree } from "../emit/sink/tree.ts";
import { hashPartOf, nixStoreDir } from "../emit/store-path.ts";
import { asBytes, fromText } from "../graph/bytes.ts";
import { type Cost, childrenCpu, head, mustSucceed, row } from "./process.ts";
import { type BenchStore, makeStore } from "./store.ts";
import { writeProject } from "./synthetic.ts";

const { values, positionals } = parseArgs({
  options: { "recursive-up-to": { type: "string", default: "1000" } },
  allowPositionals: true,
});
const recursiveUpTo = Number(values["recursive-up-to"]);
const counts = positionals.length > 0 ? positionals.map(Number) : [100, 1000, 5000];

interface Ready {
  readonly store: BenchStore;
  readonly objects: readonly StoreObject[];
  /** CPU seconds of this process for computing them. */
  readonly derive: number;
  readonly entry: string;
}

/** A store in which everything before emission is built, and what emission must give. */
async function makeReady(units: number, sink: "outputs" | "recursive-nix"): Promise<Ready> {
  const constants = { windowSize: 1e9 };
  const store = makeStore({ constants, recursiveNix: sink === "recursive-nix" });
  const project = join(store.directory, "project");
  writeProject(project, { units, headers: 50 });
  const expression = `let p = bench.synthetic { src = ./project; sink = "${sink}"; }; in`;
  const before = `${expression} [ p.plan p.configured p.configured.environment ]`;
  const [planPath = "", configured = "", environment = ""] = (await store.build(before)).paths;
  // Evaluation puts the scripts into the store.
  const words = ["nix", "eval", "--impure", "--json", "--expr", "import ./default.nix"];
  await store.write(`${expression} { inherit (p.entry) settings drvPath; }`);
  const evaluated: unknown = JSON.parse(mustSucceed(await store.run(words), "nix eval").out);
  const { settings, drvPath } = evaluated as { settings: string; drvPath: string };
  const closure = mustSucceed(await store.run(["nix-store", "-qR", environment]), "nix-store -qR").out;
  const known = new Map(
    closure
      .split("\n")
      .filter((path) => path !== "")
      .map((path) => [hashPartOf(asBytes(path)), asBytes(path)]),
  );
  const context = emissionContext(settings, fromText(environment), nixStoreDir, known);
  const plan = parsePlan(readFileSync(join(store.physical(planPath), "plan.json")));
  const tree = openTree([project, store.physical(configured)]);
  const start = process.cpuUsage();
  const objects = derive(plan, context, (path) => tree.nodeAt(path)).objects.map(({ object }) => object);
  return { store, objects, derive: ownCpu() - (start.user + start.system) / 1e6, entry: drvPath };
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const micro = (seconds: number, objects: number): string => `${((seconds / objects) * 1e6).toFixed(0)}`;
const mega = (megabytes: number | undefined): string => (megabytes === undefined ? "" : megabytes.toFixed(0));

interface Line {
  readonly units: number;
  readonly objects: number;
  readonly sink: string;
  readonly client: number;
  readonly nix: number;
  readonly wall: number;
  readonly memory?: number;
}

function show({ units, objects, sink, client, nix, wall, memory }: Line): void {
  const total = client + nix;
  row(
    units,
    objects,
    sink,
    micro(client, objects),
    micro(nix, objects),
    micro(total, objects),
    total.toFixed(2),
    wall.toFixed(1),
    mega(memory),
  );
}

async function inProcess(
  line: Omit<Line, "client" | "nix" | "wall">,
  act: () => Promise<void>,
): Promise<void> {
  const own = ownCpu();
  const children = childrenCpu();
  const start = performance.now();
  await act();
  const wall = (performance.now() - start) / 1000;
  show({ ...line, client: ownCpu() - own, nix: childrenCpu() - children, wall });
}

async function deliver(sink: Sink, objects: readonly StoreObject[]): Promise<void> {
  await sink.deliver(objects);
  await sink.close();
}

/** Shards that one command asks for: without the steps between them, hundreds would wait at once, and cost for it. */
const portion = 8;

/** Every emitting derivation on real Nix: the one that prints the first, the first, the shards. */
async function emitWithOutputs(units: number): Promise<void> {
  const { store, objects, entry } = await makeReady(units, "outputs");
  try {
    const build = async (derivations: readonly string[]): Promise<Cost> => {
      const words = derivations.map((path) => `${path}^*`);
      const cost = await store.run(["nix", "build", "--no-link", "--print-out-paths", ...words], {
        limit: 3000,
      });
      return mustSucceed(cost, "nix build");
    };
    const printed = await build([entry]);
    const first = await build([printed.out.trim()]);
    const parts: Pick<Cost, "cpu" | "own" | "wall" | "memory">[] = [printed, first];
    const shards = first.out.split("\n").filter((path) => path.endsWith(".drv"));
    const isSharded = shards.length < objects.length / 4;
    const emitting = isSharded ? shards.filter((path) => !path.endsWith("-r-root.drv")) : [];
    const portions: Cost[] = [];
    for (let at = 0; at < emitting.length; at += portion)
      portions.push(await build(emitting.slice(at, at + portion)));
    if (isSharded) {
      const sum = (of: "cpu" | "own" | "wall"): number =>
        portions.reduce((total, cost) => total + cost[of], 0);
      const memory = Math.max(...portions.map((cost) => cost.memory));
      parts.push({ cpu: sum("cpu"), own: sum("own"), wall: sum("wall"), memory });
    }
    const missing = objects.filter(
      ({ path }) => !existsSync(store.physical(path)) && !path.endsWith("-r-root.drv"),
    );
    if (missing.length > 0)
      throw new Error(`${missing.length} objects were not emitted: ${missing[0]?.path}`);
    const nix = parts.reduce((sum, { cpu }) => sum + cpu, 0);
    const wall = parts.reduce((sum, part) => sum + part.wall, 0);
    const memory = Math.max(...parts.map((part) => part.memory));
    const detail = parts.map(({ cpu, own }) => `${cpu.toFixed(2)} (${own.toFixed(2)})`).join(" + ");
    show({
      units,
      objects: objects.length,
      sink: `outputs, ${isSharded ? `1 + 1 + ${shards.length - 1}` : "1 + 1"} derivations: ${detail}`,
      client: 0,
      nix,
      wall,
      memory,
    });
  } finally {
    store.remove();
  }
}

async function emitWithRecursiveNix(units: number): Promise<void> {
  const { store, objects, entry } = await makeReady(units, "recursive-nix");
  try {
    const cost = mustSucceed(
      await store.run(["nix", "build", "--no-link", `${entry}^*`], { limit: 1500 }),
      "nix build",
    );
    const { cpu, wall, memory } = cost;
    const sink = `recursive-nix (${cost.own.toFixed(2)})`;
    show({ units, objects: objects.length, sink, client: 0, nix: cpu, wall, memory });
  } finally {
    store.remove();
  }
}

head("units", "objects", "sink", "client us", "Nix us", "us an object", "CPU s", "wall s", "peak MB");
for (const units of counts) {
  const { store, objects, derive: derived } = await makeReady(units, "outputs");
  try {
    const line = (sink: string) => ({ units, objects: objects.length, sink });
    show({ ...line("compute the objects"), client: derived, nix: 0, wall: derived });
    await inProcess(line("memory"), () => deliver(memorySink(), objects));
    await inProcess(line("cache"), () => deliver(cacheSink(join(store.directory, "cache")), objects));
    const open = () => openDaemonSink({ environment: store.nixEnvironment() });
    await inProcess(line("daemon"), async () => deliver(await open(), objects));
    await inProcess(line("daemon, all there"), async () => deliver(await open(), objects));
  } finally {
    store.remove();
  }
  await emitWithOutputs(units);
  if (units <= recursiveUpTo) await emitWithRecursiveNix(units);
}
