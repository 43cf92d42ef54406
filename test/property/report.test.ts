// Any text is a record, a log or an InputError, and what was read can be shown.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse } from "../../cli/report/analysis.ts";
import type { BuildRecord } from "../../cli/report/build-record.ts";
import { readNixLog } from "../../cli/report/nix-log.ts";
import { reportPage } from "../../cli/report/page.ts";
import { readRecord } from "../../cli/report/read-record.ts";
import { InputError } from "../../graph/diagnostic.ts";

const lines: readonly object[] = [
  { unravelRecord: 1, name: "app", at: "", jobs: 2 },
  {
    plan: {
      root: "/build/source",
      directory: "build",
      files: ["a.c", "b.c"],
      steps: [
        {
          label: "a.o",
          kind: "compile",
          derivation: "/a.drv",
          command: "",
          outputs: ["a.o"],
          sources: [0],
          inputs: [],
        },
        {
          label: "app",
          kind: "link",
          derivation: "/b.drv",
          command: "",
          outputs: ["app"],
          sources: [1],
          inputs: [0],
        },
      ],
      needed: [0, 1],
      wanted: [0, 1],
    },
  },
  { t: 1, start: 0, lane: 0 },
  { read: 0, files: ["../a.c"] },
  { log: 0, line: "x" },
  { t: 2, end: 0, state: "built" },
  { t: 3, done: "failed" },
];

function check(read: () => BuildRecord): void {
  let record: BuildRecord;
  try {
    record = read();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return;
  }
  const { criticalPath } = analyse(record);
  expect(criticalPath.every((step) => step < record.steps.length)).toBe(true);
  expect(reportPage(record)).toContain("</html>");
}

/** One value somewhere in a line is another. */
const damaged = fc
  .tuple(fc.nat(lines.length - 1), fc.nat(60), fc.jsonValue({ maxDepth: 1 }))
  .map(([line, at, value]) => {
    let seen = 0;
    return lines
      .map((one, index) =>
        JSON.stringify(one, (_, old: unknown) => (index === line && seen++ === at ? value : old)),
      )
      .map((text) => `${text}\n`)
      .join("");
  });

describe("any text", () => {
  it("is a record or an error: with one value that is another", () => {
    fc.assert(
      fc.property(damaged, (text) => check(() => readRecord(text, "r"))),
      { numRuns: 400 },
    );
  });

  it("is a record or an error: with lines gone, twice, or in another order", () => {
    const texts = lines.map((line) => `${JSON.stringify(line)}\n`);
    const some = fc.array(fc.constantFrom(...texts), { maxLength: 12 }).map((chosen) => chosen.join(""));
    fc.assert(fc.property(some, (text) => check(() => readRecord(text, "r"))));
  });

  it("is a log or an error", () => {
    const start = { action: "start", id: 1, type: 105, fields: ["/nix/store/x-a.drv"] };
    const event = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(start, { action: "stop", id: 1 }));
    const line = fc.oneof(
      event.map((value) => `@nix ${JSON.stringify(value)}`),
      event.map((value) => `12.5 @nix ${JSON.stringify(value)}`),
      fc.string(),
    );
    const log = fc.array(line, { maxLength: 8 }).map((all) => all.join("\n"));
    fc.assert(fc.property(log, (text) => check(() => readNixLog(text, "x", []))));
  });
});
