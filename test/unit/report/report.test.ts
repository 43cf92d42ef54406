// Records, what is found in them, and the page that shows it.

import { describe, expect, it } from "vitest";
import { analyse } from "../../../cli/report/analysis.ts";
import type { BuildRecord } from "../../../cli/report/build-record.ts";
import { readNixLog } from "../../../cli/report/nix-log.ts";
import { reportPage } from "../../../cli/report/page.ts";
import { readRecord } from "../../../cli/report/read-record.ts";
import type { RecordedEvent, RecordedPlan, RecordedStep, RecordHead } from "../../../cli/report/record.ts";
import { FakeElement, openPage } from "./fake-page.ts";
import { syntheticBuild } from "./synthetic-build.ts";

const head: RecordHead = { unravelRecord: 1, name: "app", at: "2026-11-22T10:00:00.000Z", jobs: 2 };

function step(name: string, sources: readonly number[], inputs: readonly number[] = []): RecordedStep {
  const kind = name.endsWith(".o") ? "compile" : "link";
  const derivation = `/nix/store/${"0".repeat(32)}-${name}.drv`;
  return {
    label: name,
    kind,
    derivation,
    command: `make ${name}`,
    outputs: [`build/${name}`],
    sources,
    inputs,
  };
}

const plan: RecordedPlan = {
  plan: {
    root: "/build/source",
    directory: "build",
    files: ["a.c", "b.c", "old.h", "unused.c"],
    steps: [step("a.o", [0, 2]), step("b.o", [1, 2]), step("app", [], [0, 1]), step("extra.o", [3])],
    needed: [0, 2],
    wanted: [0, 1, 2],
  },
};

const events: readonly RecordedEvent[] = [
  { t: 10, start: 0, lane: 0 },
  { read: 0, files: ["../a.c", "/build/source/build/../a.c"] },
  { log: 0, line: "a.c:1: warning" },
  { t: 110, end: 0, state: "built" },
  { t: 120, start: 2, lane: 1 },
  { t: 180, end: 2, state: "built" },
  { t: 200, done: "built" },
];

const textOf = (lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const whole = textOf([head, plan, ...events]);

describe("a record", () => {
  it("gives every wanted step with what happened to it", () => {
    const record = readRecord(whole, "r");
    expect(record).toMatchObject({ name: "app", end: "built", duration: 200, jobs: 2, hasTimes: true });
    expect(
      record.steps.map(({ label, state, start, end, lane }) => [label, state, start, end, lane]),
    ).toEqual([
      ["a.o", "built", 10, 110, 0],
      ["b.o", "cached", 0, 0, 0],
      ["app", "built", 120, 180, 1],
    ]);
    expect(record.steps[0]?.log).toEqual(["a.c:1: warning"]);
    expect(record.steps[2]?.inputs).toEqual([0, 1]);
  });

  it("tells which inputs a compiler did not read, whichever way it wrote their paths", () => {
    const [a, b] = readRecord(whole, "r").steps;
    const { files } = readRecord(whole, "r");
    expect(a?.unread?.map((file) => files[file])).toEqual(["old.h"]);
    expect(b?.unread).toBeUndefined();
  });

  it.each(Array.from({ length: 20 }, (_, cut) => cut))(
    "that was cut off %# bytes before its end still tells the rest",
    (cut) => {
      const record = readRecord(whole.slice(0, whole.length - 60 - cut), "r");
      expect(record.end).toBe("unfinished");
      expect(record.steps[0]?.state).toBe("built");
      expect(record.steps[2]?.state).toMatch(/waiting|running/);
      expect(() => reportPage(record)).not.toThrow();
    },
  );

  it("of several phases has each step once, in an order in which inputs come first", () => {
    const early: RecordedPlan = {
      plan: { ...plan.plan, steps: [step("gen.o", [0])], needed: [0], wanted: [0] },
    };
    const late: RecordedPlan = {
      plan: {
        ...plan.plan,
        steps: [step("x.o", [1]), step("gen.o", [0]), step("app", [], [0, 1])],
        needed: [0, 2],
        wanted: [0, 1, 2],
      },
    };
    const record = readRecord(
      textOf([
        head,
        early,
        { t: 1, start: 0, lane: 0 },
        { t: 5, end: 0, state: "built" },
        late,
        { t: 6, start: 0, lane: 0 },
        { t: 8, end: 0, state: "failed", message: "no\nway" },
        { t: 9, done: "failed" },
      ]),
      "r",
    );
    expect(record.steps.map(({ label, state }) => [label, state])).toEqual([
      ["gen.o", "built"],
      ["x.o", "failed"],
      ["app", "waiting"],
    ]);
    expect(record.steps[1]?.log).toEqual(["no", "way"]);
    expect(record.end).toBe("failed");
  });
});

describe("a log of Nix", () => {
  const start = (id: number, name: string): string =>
    `@nix ${JSON.stringify({ action: "start", id, type: 105, level: 3, text: "", fields: [`/nix/store/${"0".repeat(32)}-${name}.drv`, "", 1, 1], parent: 0 })}`;
  const stop = (id: number): string => `@nix ${JSON.stringify({ action: "stop", id })}`;

  it("has times where each line has one before it", () => {
    const text = [
      `100.5 ${start(1, "a")}`,
      `100.75 ${start(2, "b")}`,
      `101.5 ${stop(1)}`,
      `102.0 ${stop(2)}`,
    ].join("\n");
    const record = readNixLog(text, "x", []);
    expect(record.hasTimes).toBe(true);
    expect(record.steps.map(({ label, start: from, end, lane }) => [label, from, end, lane])).toEqual([
      ["a", 0, 1000, 0],
      ["b", 250, 1500, 1],
    ]);
  });

  it("has an order where they have none", () => {
    const failure = `@nix ${JSON.stringify({ action: "msg", level: 0, msg: `\u001b[31;1merror:\u001b[0m Cannot build '/nix/store/${"0".repeat(32)}-b.drv'.\nReason: builder failed` })}`;
    const record = readNixLog(
      [start(1, "a"), stop(1), "other text", start(2, "b"), stop(2), failure, '@nix {"act'].join("\n"),
      "x",
      [],
    );
    expect(record.hasTimes).toBe(false);
    expect(record.end).toBe("failed");
    expect(record.steps.map(({ label, state }) => [label, state])).toEqual([
      ["a", "built"],
      ["b", "failed"],
    ]);
    expect(record.steps[1]?.log.join("\n")).toContain("Reason: builder failed");
  });
});

describe("what is found in a build", () => {
  const record = readRecord(whole, "r");
  const found = analyse(record);

  it("is the way on which steps wait for each other longest", () => {
    expect(found.criticalPath.map((index) => record.steps[index]?.label)).toEqual(["a.o", "app"]);
    expect(found.criticalTime).toBe(160);
    expect(found.totalTime).toBe(160);
  });

  it("is no longer than the build, for any build, and never shorter than its longest step", () => {
    for (const size of [1, 2, 41, 500]) {
      const build = syntheticBuild(size);
      const { criticalTime, criticalPath } = analyse(build);
      expect(criticalTime).toBeLessThanOrEqual(build.duration);
      expect(criticalTime).toBeGreaterThanOrEqual(
        Math.max(...build.steps.map(({ start, end }) => end - start)),
      );
      for (const [at, index] of criticalPath.entries()) {
        if (at > 0) expect(build.steps[index]?.inputs).toContain(criticalPath[at - 1]);
      }
    }
  });

  it("are counts per directory and the files that nobody read", () => {
    expect(found.directories).toEqual([
      {
        directory: "build",
        counts: { built: 2, cached: 1, "cut-off": 0, failed: 0, running: 0, waiting: 0 },
        time: 160,
      },
    ]);
    expect(found.unreadFiles).toEqual([{ file: record.files.indexOf("old.h"), steps: 2, unread: 1 }]);
  });
});

describe("the page of a report", () => {
  it("shows the build: tables, timeline, search and the graph around a step", () => {
    const page = openPage(reportPage(readRecord(whole, "r")));
    expect(page.element("name").textContent).toBe("app");
    expect(page.rows("critical")).toEqual([
      ["a.o", "", "100 ms"],
      ["app", "", "60 ms"],
    ]);
    expect(page.rows("slowest").map(([name]) => name)).toEqual(["a.o", "app"]);
    expect(page.rows("directories")).toEqual([["build", "", "160 ms"]]);
    expect(page.rows("unread")).toEqual([["old.h", "1", "2"]]);
    expect(page.rows("list").map(([name, state]) => [name, state])).toEqual([
      ["a.o", "built"],
      ["b.o", "cached"],
      ["app", "built"],
    ]);
    // A rectangle per step that ran, and a line under those of the critical path.
    expect(page.element("timeline").drawn.get("fillRect")).toBeGreaterThanOrEqual(4);

    page.element("search").value = "B.O";
    page.element("search").fire("input");
    expect(page.rows("list").map(([name]) => name)).toEqual(["b.o"]);
    expect(page.element("found").textContent).toBe("1 of 3");

    page.element("critical").all("tbody")[0]?.all("tr")[1]?.fire("click");
    expect(page.element("step-name").textContent).toBe("app");
    expect(
      page
        .element("graph")
        .all("text")
        .map(({ textContent }) => textContent)
        .toSorted(),
    ).toEqual(["a.o", "app", "b.o"]);
    expect(page.element("graph").all("path")).toHaveLength(2);
    expect(page.element("facts").textContent).toContain("make app");
  });

  it("shows no more rows than fit, however many steps there are", () => {
    const page = openPage(reportPage(syntheticBuild(3000)));
    expect(page.rows("list").length).toBeLessThan(40);
    page.element("rows").scrollTop = 2900 * 28;
    page.element("rows").fire("scroll");
    expect(page.rows("list").some(([name]) => name === "CC obj/part72/unit2910.o")).toBe(true);
  });

  it("shows a build that failed at once: what failed, and what it printed", () => {
    const build = textOf([
      head,
      plan,
      { t: 1, start: 0, lane: 0 },
      { t: 2, end: 0, state: "failed", message: "a.c:1: error" },
      { t: 3, done: "failed" },
    ]);
    const page = openPage(reportPage(readRecord(build, "r")));
    expect(page.element("end").textContent).toBe("failed");
    expect(page.element("failures").hidden).toBe(false);
    expect(page.element("failed").textContent).toBe("a.oa.c:1: error");
    expect(page.element("step-name").textContent).toBe("a.o");
  });

  it("takes any text for a text", () => {
    const evil = "</script><script>alert(1)</script>@DATA@<!--$&";
    const record: BuildRecord = { ...readRecord(whole, "r"), name: evil };
    const named = { ...record, steps: record.steps.map((one) => ({ ...one, label: evil, log: [evil] })) };
    const html = reportPage(named);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    const page = openPage(html);
    expect(page.element("name").textContent).toBe(evil);
    expect(page.rows("list")[0]?.[0]).toBe(evil);
  });

  it("needs nothing from anywhere, and has no way to get it", () => {
    const html = reportPage(syntheticBuild(50));
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|@import|src=|<link/);
    expect(html).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"`,
    );
    expect(html).not.toContain("innerHTML");
    expect(reportPage(syntheticBuild(50))).toBe(html);
  });
});

describe("the fake page", () => {
  it("has texts of what is below", () => {
    const row = new FakeElement("tr");
    row.append("a", new FakeElement("b"));
    expect(row.textContent).toBe("a");
  });
});
