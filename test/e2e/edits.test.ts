// What an edit rebuilds, beside what ninja runs for it; and that nothing is stale after it. The numbers go to
// .cache/reports/edits.md.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, cacheDirectory, countOf, makeBuildStore, type Stage } from "./build-store.ts";
import { isInsideSources, makeEdited, readEdits } from "./edits.ts";
import { compareTrees, readTree, type TreeEntry } from "./file-tree.ts";
import { quillExpression } from "./quill.ts";

const minutes = 60_000;
/** Inside a C file, but in a directive: what configure and the planner see changes. */
const directives: ReadonlySet<string> = new Set(["body of a generator, same result"]);
const edits = readEdits();
const modes = ["all", "check"] as const;
type Mode = (typeof modes)[number];

const stages: readonly Stage[] = [
  "skeleton",
  "configured",
  "plan",
  "entry",
  "emit",
  "shard",
  "root",
  "package",
];

interface Row {
  readonly steps: Partial<Record<Mode, number>>;
  readonly ninja: Record<Mode, number>;
  stages: string;
  seconds: number;
}

/** Attributes `all.e0.package`, `check.e3.root`, `oracle.e3`, `ninja`. */
function expression(): string {
  const set = (mode: Mode): string =>
    edits
      .map(
        (_, index) =>
          `e${index} = ${quillExpression(mode === "all" ? [] : ["all", "check"], `./tree${index}`)};`,
      )
      .join("\n");
  return `rec {
  all = { ${set("all")} };
  check = { ${set("check")} };
  oracle = builtins.mapAttrs (name: edit: edit.oracle) check;
  ninja = import ${join(import.meta.dirname, "nix/ninja-edits.nix")} {
    inherit (e2e) runCommand ninja;
    trees = map (n: builtins.path { name = "tree"; path = ./. + "/tree\${toString n}"; }) (builtins.genList (n: n) ${edits.length});
    # As the package's configure is told.
    configure = "sh ../configure --prefix=\${builtins.replaceStrings [ "out=" ] [ "" ] check.e0.package.prefixes}";
  };
}`;
}

describe("an edit of the Ninja sample", () => {
  let store: BuildStore;
  const rows: Row[] = [];
  const oracles: ReadonlyMap<string, TreeEntry>[] = [];

  beforeAll(async () => {
    store = await makeBuildStore();
    for (const [index, edit] of edits.entries()) makeEdited(edit, join(store.directory, `tree${index}`));
    // A build from nothing is the truth; ninja's after an edit is the same, but where it leaves something stale.
    const clean = edits.flatMap(({ stale }, index) => (stale === undefined && index > 0 ? [] : [index]));
    const { paths } = await store.mustBuild(expression(), [
      "ninja",
      ...clean.map((index) => `oracle.e${index}`),
    ]);
    const ninja = store.physical(paths[0] ?? "");
    const counts = readFileSync(join(ninja, "counts"), "utf8").trim().split("\n");
    for (const index of edits.keys()) {
      const [all, added] = (counts[index] ?? "").split(" ").map(Number);
      rows.push({
        steps: {},
        ninja: { all: all ?? 0, check: (all ?? 0) + (added ?? 0) },
        stages: "",
        seconds: 0,
      });
      const oracle = clean.indexOf(index);
      oracles.push(
        readTree(
          oracle < 0
            ? join(ninja, String(index), "tree")
            : join(store.physical(paths[oracle + 1] ?? ""), "tree"),
        ),
      );
    }
    const base = modes.flatMap((mode) => [`${mode}.e0.package`, `${mode}.e0.root`]);
    await store.mustBuild(expression(), base);
  }, 10 * minutes);

  afterAll(() => {
    report(rows);
    store?.remove();
  }, minutes);

  test("is counted as the sample's README has it when ninja builds", () => {
    expect(edits.map(({ name }, index) => [name, rows[index]?.ninja])).toEqual(
      edits.map(({ name, ninja }) => [name, ninja]),
    );
  });

  test.each(edits.map((edit, index) => [edit.name, edit, index] as const))(
    "rebuilds no more than ninja and leaves nothing stale: %s",
    async (_, edit, index) => {
      const row = rows[index];
      if (row === undefined) throw new Error("the oracles were not built");
      let steps = 0;
      for (const mode of modes) {
        const wanted = [`${mode}.e${index}.package`, `${mode}.e${index}.root`];
        const { built, paths, seconds } = await store.mustBuild(expression(), wanted);
        const ran = stages.filter((stage) => countOf({ built }, stage) > 0);
        // What the default targets and `check` have in common was built for the first.
        steps += countOf({ built }, "step");
        row.steps[mode] = steps;
        if (mode === "all") {
          row.seconds = seconds;
          row.stages = ran.join(", ");
        }

        // Ninja runs too little where it leaves something stale.
        expect(steps).toBeLessThanOrEqual(edit.stale === undefined ? row.ninja[mode] : edit.needed[mode]);
        if (edit.changes.length === 0) expect(ran).toEqual([]);
        if (isInsideSources(edit) && !directives.has(edit.name)) {
          expect(ran).not.toContain("configured");
          expect(ran).not.toContain("plan");
        }

        const root = readTree(store.physical(paths[1] ?? ""));
        const compared = compareTrees(root, oracles[index] ?? new Map(), { partial: true });
        expect(compared.differences).toEqual([]);
        expect(compared.compared).toBeGreaterThan(10);
      }
    },
    2 * minutes,
  );

  test("runs the steps whose inputs differ, and no others", () => {
    expect(edits.map(({ name }, index) => [name, rows[index]?.steps])).toEqual(
      edits.map(({ name, needed }) => [name, needed]),
    );
  });
});

function report(rows: readonly Row[]): void {
  const lines = [
    "| edit | steps, all | ninja, all | steps, all and check | ninja, all and check | stages that ran for all | s |",
    "| --- | ---: | ---: | ---: | ---: | --- | ---: |",
    ...edits.map(({ name }, index) => {
      const row = rows[index];
      const cells = [
        name,
        row?.steps.all ?? "",
        row?.ninja.all ?? "",
        row?.steps.check ?? "",
        row?.ninja.check ?? "",
        row?.stages ?? "",
        row?.seconds.toFixed(1) ?? "",
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
  const directory = join(cacheDirectory, "reports");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "edits.md"), `${lines.join("\n")}\n`);
  process.stdout.write(`${lines.join("\n")}\n`);
}
