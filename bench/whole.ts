// The sample from source to package, beside ninja in one derivation with the same toolchain and sandbox: cold, after
// one-line edits, and with nothing to do. Two builds at a time for both.
// Run: node bench/run.mjs whole [ROUNDS]

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { head, row, spread } from "./process.ts";
import { makeStore } from "./store.ts";

const rounds = Number(process.argv[2] ?? 3);
const edited = [
  "comment in a .c",
  "body of a .c in the program",
  "body of a .c in the static library",
  "comment in a shared header",
];

interface Edit {
  readonly name: string;
  readonly changes: readonly {
    readonly file: string;
    readonly kind: "replace" | "append";
    readonly search?: string;
    readonly replace?: string;
    readonly text?: string;
  }[];
}
const { edits } = JSON.parse(readFileSync("samples/ninja/edits.json", "utf8")) as {
  edits: readonly Edit[];
};

interface Times {
  readonly cpu: number[];
  readonly own: number[];
  readonly wall: number[];
  derivations: number;
}
const ways = ["sample", "sampleByNinja"] as const;
const results = new Map<string, Record<(typeof ways)[number], Times>>();

for (let round = 0; round < rounds; round++) {
  const store = makeStore();
  try {
    const source = join(store.directory, "quill");
    const measure = async (what: string): Promise<void> => {
      for (const way of ways) {
        const cost = await store.build(`bench.${way} ./quill`);
        const empty = (): Times => ({ cpu: [], own: [], wall: [], derivations: 0 });
        const both = results.get(what) ?? { sample: empty(), sampleByNinja: empty() };
        results.set(what, both);
        both[way].cpu.push(cost.cpu);
        both[way].own.push(cost.own);
        both[way].wall.push(cost.wall);
        both[way].derivations = cost.counted;
      }
    };
    cpSync("samples/ninja", source, { recursive: true });
    await measure("cold");
    await measure("nothing to do");
    for (const name of edited) {
      for (const change of edits.find((edit) => edit.name === name)?.changes ?? []) {
        const path = join(source, change.file);
        const text = readFileSync(path, "latin1");
        const changed =
          change.kind === "append"
            ? text + (change.text ?? "")
            : text.replace(change.search ?? "", () => change.replace ?? "");
        if (changed === text) throw new Error(`"${name}" changes nothing`);
        writeFileSync(path, changed, "latin1");
      }
      await measure(name);
    }
  } finally {
    store.remove();
  }
}

process.stdout.write(`${rounds} rounds; CPU of the whole process tree, min and median; wall median\n\n`);
head(
  "after",
  "derivations",
  "CPU s",
  "of that the nix process",
  "wall s",
  "ninja: CPU s",
  "wall s",
  "ratio of CPU",
  "ratio of wall",
);
for (const [what, { sample, sampleByNinja }] of results) {
  const cpu = spread(sample.cpu);
  const theirs = spread(sampleByNinja.cpu);
  const wall = spread(sample.wall).median;
  const theirWall = spread(sampleByNinja.wall).median;
  row(
    what,
    sample.derivations,
    `${cpu.min.toFixed(2)} / ${cpu.median.toFixed(2)}`,
    spread(sample.own).median.toFixed(2),
    wall.toFixed(1),
    `${theirs.min.toFixed(2)} / ${theirs.median.toFixed(2)}`,
    theirWall.toFixed(1),
    (cpu.median / theirs.median).toFixed(2),
    (wall / theirWall).toFixed(2),
  );
}
