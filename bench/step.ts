// What one step costs beside its command: builds of steps that do nothing, by number of source files, with the step
// runner and with a script that only makes the outputs. Twenty derivations each, one at a time, four rounds.
// Run: node bench/run.mjs step [ROUNDS]

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { emissionContext } from "../cli/settings.ts";
import type { Derivation } from "../emit/derivation.ts";
import { derive, type StepContext } from "../emit/derive.ts";
import type { NarNode } from "../emit/nar.ts";
import { derivationObject, narObject, type StoreObject } from "../emit/object.ts";
import { outputPlaceholder } from "../emit/placeholder.ts";
import type { Plan, PlannedStep } from "../emit/plan/plan.ts";
import { openDaemonSink } from "../emit/sink/daemon.ts";
import { nixStoreDir } from "../emit/store-path.ts";
import { asBytes, fromBuffer, fromText } from "../graph/bytes.ts";
import { head, mustSucceed, row, spread } from "./process.ts";
import { makeStore } from "./store.ts";
import { writeProject } from "./synthetic.ts";

const builds = 20;
const rounds = Number(process.argv[2] ?? 4);
const file = (contents: string): NarNode => ({
  kind: "file",
  executable: false,
  contents: asBytes(contents),
});

const store = makeStore();
try {
  writeProject(join(store.directory, "project"), { units: 1 });
  const expression = "let p = bench.synthetic { src = ./project; }; in";
  const { paths } = await store.build(`${expression} [ p.configured.environment ]`);
  store.write(`${expression} p.entry.settings`);
  const words = ["nix", "eval", "--impure", "--json", "--expr", "import ./default.nix"];
  const settings: unknown = JSON.parse(mustSucceed(await store.run(words), "nix eval").out);
  const context = emissionContext(String(settings), fromText(paths[0] ?? ""), nixStoreDir, new Map());

  const script = (path: string): StoreObject =>
    narObject(asBytes("step.sh"), file(fromBuffer(readFileSync(path))));
  const runner = script("templates/builder/step.sh");
  const idle = script("bench/nix/idle.sh");

  let salt = 0;
  const stepsOf = (shared: number, own: number, stepScript: StoreObject): readonly StoreObject[] => {
    salt++;
    const plan = planOf(shared, own, salt);
    const contextHere: StepContext = { ...context, stepScript: stepScript.path };
    const { objects } = derive(plan, contextHere, (path) => file(`${path}\n`));
    return [stepScript, ...objects.map(({ object }) => object).slice(0, -1)];
  };

  const cases: readonly (readonly [string, () => readonly StoreObject[]])[] = [
    ["empty derivation: static /bin/sh, no inputs", () => emptyDerivations(++salt)],
    ["no source, makes its outputs only", () => stepsOf(0, 0, idle)],
    ["10 sources, makes its outputs only", () => stepsOf(10, 0, idle)],
    ["600 sources, makes its outputs only", () => stepsOf(600, 0, idle)],
    ["no source, step runner", () => stepsOf(0, 0, runner)],
    ["10 sources, step runner", () => stepsOf(10, 0, runner)],
    ["600 sources, step runner", () => stepsOf(600, 0, runner)],
    ["600 files in the recipe, step runner", () => stepsOf(0, 600, runner)],
  ];
  const results = cases.map(() => ({ cpu: [] as number[], own: [] as number[], wall: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, [, objectsOf]] of cases.entries()) {
      const objects = objectsOf();
      const sink = await openDaemonSink({ environment: store.nixEnvironment() });
      await sink.deliver(objects);
      await sink.close();
      const derivations = objects.flatMap(({ path }) => (path.endsWith(".drv") ? [`${path}^*`] : []));
      const build = ["nix", "build", "--no-link", "--max-jobs", "1", ...derivations];
      const cost = mustSucceed(await store.run(build), "nix build");
      // What the program costs when nothing is left to build is no part of a build.
      const nothing = mustSucceed(await store.run(build), "nix build");
      const each = (of: "cpu" | "own" | "wall"): number => ((cost[of] - nothing[of]) / builds) * 1000;
      for (const of of ["cpu", "own", "wall"] as const) results[index]?.[of].push(each(of));
    }
  }
  process.stdout.write(`${builds} builds, ${rounds} rounds; ms per build\n\n`);
  head("derivation", "CPU: min", "median", "nix process: median", "its children: median", "wall: median");
  for (const [index, [name]] of cases.entries()) {
    const { cpu = [], own = [], wall = [] } = results[index] ?? {};
    const children = cpu.map((all, i) => all - (own[i] ?? 0));
    const ms = (value: number): string => value.toFixed(1);
    row(
      name,
      ms(spread(cpu).min),
      ms(spread(cpu).median),
      ms(spread(own).median),
      ms(spread(children).median),
      ms(spread(wall).median),
    );
  }
} finally {
  store.remove();
}

/** Steps that share `shared` files, each with `own` more in its recipe; the salt is in every derivation. */
function planOf(shared: number, own: number, salt: number): Plan {
  const files = Array.from({ length: shared + own }, (_, i) => asBytes(`include/h${i}.h`));
  const steps = Array.from(
    { length: builds },
    (_, i): PlannedStep => ({
      name: asBytes(`1-step-${i}`),
      kind: "compile",
      label: asBytes(`step ${i}`),
      command: asBytes(`: > f${i}.o # ${salt}`),
      sources: files.slice(0, shared).map((_, index) => index),
      ownSources: files.slice(shared).map((_, index) => shared + index),
      inputs: [],
      outputs: [{ name: asBytes("out"), path: asBytes(`build/f${i}.o`), optional: false }],
      directories: [asBytes("build")],
    }),
  );
  return {
    format: 1,
    name: asBytes(`bench-${salt}`),
    root: asBytes("/build/source"),
    buildDirectory: asBytes("build"),
    isComplete: true,
    isGated: false,
    files,
    steps,
    built: steps.map((_, step) => ({ step, output: 0 })),
  };
}

function emptyDerivations(salt: number): readonly StoreObject[] {
  const out = asBytes("out");
  return Array.from({ length: builds }, (_, i) => {
    const name = asBytes(`empty-${salt}-${i}`);
    const derivation: Derivation = {
      name,
      outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
      inputDrvs: new Map(),
      inputSrcs: [],
      system: asBytes("x86_64-linux"),
      builder: asBytes("/bin/sh"),
      args: [asBytes("-c"), asBytes(": > $out")],
      env: new Map([
        [out, outputPlaceholder(out)],
        [asBytes("name"), name],
      ]),
    };
    return derivationObject(derivation);
  });
}
