// A thousand compiles, then an edit of one file: what it costs on top of the compile itself.
// Run: node bench/run.mjs edit [--units N] [--rounds N] [--constants windowSize=16,stepLimit=32]

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cost, head, row, spread } from "./process.ts";
import { makeStore } from "./store.ts";
import { writeProject } from "./synthetic.ts";

const { values } = parseArgs({
  options: {
    units: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    constants: { type: "string", default: "" },
  },
});
const units = Number(values.units);
const constants = Object.fromEntries(
  values.constants.split(",").flatMap((pair) => {
    const [name, value] = pair.split("=");
    return name === undefined || value === undefined ? [] : [[name, Number(value)]];
  }),
);
const store = makeStore({ constants });
const project = join(store.directory, "project");
const build = (): Promise<Cost> => store.build("bench.synthetic { src = ./project; }");
const show = (what: string, costs: readonly Cost[]): void => {
  const own = costs.map((cost) => cost.own);
  row(
    what,
    costs.at(-1)?.counted ?? 0,
    ...[costs.map((cost) => cost.cpu), own, costs.map((cost) => cost.wall)].map((some) =>
      spread(some).median.toFixed(2),
    ),
  );
};
try {
  writeProject(project, { units });
  head("after", "derivations", "CPU s", "the nix process", "wall s");
  show("nothing: cold", [await build()]);
  const kinds: readonly (readonly [string, (unit: string, round: number) => void])[] = [
    ["no edit", () => undefined],
    ["comment in a .c", (unit) => appendFileSync(unit, "/* a comment */\n")],
    [
      "body of a .c",
      (unit, round) =>
        writeFileSync(unit, readFileSync(unit, "latin1").replace(/return \d+;/, `return ${round + 7};`)),
    ],
  ];
  for (const [what, change] of kinds) {
    const costs: Cost[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      change(join(project, `d${3 + round}/f${(3 + round) * 50 + 11}.c`), round);
      costs.push(await build());
    }
    show(what, costs);
  }
} finally {
  store.remove();
}
