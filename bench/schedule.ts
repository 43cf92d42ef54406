// What building the steps of a plan costs Nix: CPU of the nix process and of what it starts, and its memory over
// time, with other windows and shard sizes than the project's.
// Run: node bench/run.mjs schedule [--units N] [--commands cc|true] [--constants windowSize=16,stepLimit=48]
//      [--sink outputs|recursive-nix] [--limit SECONDS] [--settings max-jobs=2] [--perf FILE] [--keep]
//      [--apart], which evaluates in a process of its own before

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cost, costOf, head, mustSucceed, row } from "./process.ts";
import { makeStore } from "./store.ts";
import { writeProject } from "./synthetic.ts";

const { values } = parseArgs({
  options: {
    units: { type: "string", default: "500" },
    commands: { type: "string", default: "true" },
    constants: { type: "string", default: "" },
    sink: { type: "string", default: "outputs" },
    limit: { type: "string", default: "900" },
    settings: { type: "string", default: "" },
    perf: { type: "string" },
    apart: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const pairs = (text: string): readonly (readonly [string, string])[] =>
  text.split(",").flatMap((pair) => {
    const [name, value] = pair.split("=");
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });

const units = Number(values.units);
const constants = Object.fromEntries(pairs(values.constants).map(([name, value]) => [name, Number(value)]));
const store = makeStore({ constants, recursiveNix: values.sink === "recursive-nix" });
try {
  writeProject(join(store.directory, "project"), {
    units,
    commands: values.commands === "cc" ? "cc" : "true",
  });
  const expression = (attributes: string): string =>
    `let p = bench.synthetic { src = ./project; sink = "${values.sink}"; }; in ${attributes}`;
  await store.build(expression("[ p.plan p.configured ]"));
  let profiler: ChildProcess | undefined;
  const profile = (pid: number): void => {
    if (values.perf === undefined) return;
    const words = ["record", "-o", values.perf, "-e", "cpu-clock", "-F", "199", "-g", "-p", String(pid)];
    profiler = spawn("perf", words, { stdio: "ignore" });
  };
  const options = { limit: Number(values.limit), onStart: profile };
  const settings = Object.fromEntries(pairs(values.settings));
  let cost: Cost;
  if (values.apart) {
    store.write(expression("p"));
    const derivation = mustSucceed(await store.run(["nix-instantiate", "default.nix"]), "nix-instantiate");
    cost = await store.realise([derivation.out.trim()], { ...options, settings });
  } else cost = await store.build(expression("p"), { ...options, settings });
  profiler?.kill("SIGINT");
  const sqlite = await costOf(["du", "-sm", join(store.directory, "root/nix/var/nix/db")]);
  process.stdout.write(
    `${units} ${values.commands}, ${values.sink} ${values.constants} ${values.settings}${values.apart ? " apart" : ""}: ${cost.cpu.toFixed(1)} s CPU, ${cost.counted} builds, ` +
      `${((cost.cpu / cost.counted) * 1000).toFixed(0)} ms each; nix itself ${cost.own.toFixed(1)} s, ` +
      `peak ${cost.memory.toFixed(0)} MB; ${cost.wall.toFixed(0)} s wall; database ${sqlite.out.split("\t")[0]} MB\n\n`,
  );
  head("builds", "wall s", "nix CPU s", "ms per build since the row before", "MB");
  let before = { counted: 0, own: 0 };
  for (let part = 1; part <= 10; part++) {
    const wanted = Math.floor((cost.counted * part) / 10);
    const sample = part === 10 ? cost.samples.at(-1) : cost.samples.find(({ counted }) => counted >= wanted);
    if (sample === undefined) continue;
    const each = ((sample.own - before.own) / Math.max(1, sample.counted - before.counted)) * 1000;
    row(
      sample.counted,
      sample.wall.toFixed(1),
      sample.own.toFixed(1),
      each.toFixed(1),
      sample.memory.toFixed(0),
    );
    before = sample;
  }
} finally {
  if (values.keep) process.stdout.write(`kept ${store.directory}\n`);
  else store.remove();
}
