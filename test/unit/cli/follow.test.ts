// Nix's internal-json log as `unravel follow` shows it.

import { describe, expect, it } from "vitest";
import { makeProject, unravel } from "../../cli.ts";

const path = (name: string): string => `/nix/store/${"0".repeat(31)}a-${name}.drv`;
const nix = (event: object): string => `@nix ${JSON.stringify(event)}\n`;
const log =
  nix({ action: "start", id: 1, type: 104, level: 0, text: "", fields: [], parent: 0 }) +
  nix({ action: "result", id: 1, type: 105, fields: [0, 3, 0, 0] }) +
  nix({ action: "msg", level: 1, msg: "warning: Ignoring dynamic derivation /nix/store/x" }) +
  nix({
    action: "start",
    id: 2,
    type: 105,
    level: 3,
    text: "building",
    fields: [path("quill-1-a.o"), "", 1, 1],
    parent: 0,
  }) +
  nix({ action: "result", id: 2, type: 101, fields: ["a.c: warning"] }) +
  nix({ action: "stop", id: 2 }) +
  nix({ action: "msg", level: 3, msg: "copying path" }) +
  "these lines are not Nix's\n" +
  nix({
    action: "start",
    id: 3,
    type: 105,
    level: 3,
    text: "building",
    fields: [path("quill-2-app"), "", 1, 1],
    parent: 0,
  }) +
  nix({ action: "stop", id: 3 });

describe("unravel follow", () => {
  it("prints a line per derivation, and passes on what is not Nix's", async () => {
    expect(await unravel(["follow"], { stdin: log })).toEqual({
      code: 0,
      out: "",
      err: "[1/3] quill-1-a.o\nthese lines are not Nix's\n[2/3] quill-2-app\n",
    });
  });

  it("writes one line over on a terminal", async () => {
    const { err } = await unravel(["follow"], { stdin: log, isTerminal: true, columns: 30 });
    expect(err).toBe(
      "\r[0/3] quill-1-a.o\x1b[K\r[1/3] quill-1-a.o\x1b[K\nthese lines are not Nix's\n" +
        "\r[1/3] quill-2-app\x1b[K\r[2/3] quill-2-app\x1b[K\n",
    );
  });

  it("shows what builders print when that is asked for", async () => {
    const { err } = await unravel(["follow", "-v"], { stdin: log });
    expect(err).toContain("[1/3] quill-1-a.o\na.c: warning\n");
  });

  it("prints errors and ends with 1", async () => {
    const failed = nix({
      action: "msg",
      level: 0,
      raw_msg: "Cannot build '\u001b[35;1mx.drv\u001b[0m'.\nReason: it failed",
    });
    const { code, err } = await unravel(["follow"], { stdin: log + failed });
    expect(code).toBe(1);
    expect(err.endsWith("Cannot build 'x.drv'.\nReason: it failed\n")).toBe(true);
  });

  it("shows what a failed builder printed, once", async () => {
    const failed = nix({ action: "msg", level: 0, raw_msg: `Cannot build '${path("quill-1-a.o")}'.` });
    const { err } = await unravel(["follow"], { stdin: log + failed + failed });
    expect(err.endsWith(`Cannot build '${path("quill-1-a.o")}'.\n  a.c: warning\n`)).toBe(true);
    expect(err.split("Cannot build").length).toBe(2);
  });

  it("prints events for programs", async () => {
    const { out } = await unravel(["follow", "--json"], { stdin: log });
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: "started", derivation: "quill-1-a.o" },
      { event: "output", derivation: "quill-1-a.o", line: "a.c: warning" },
      { event: "stopped", derivation: "quill-1-a.o" },
      { event: "started", derivation: "quill-2-app" },
      { event: "stopped", derivation: "quill-2-app" },
    ]);
  });

  it("writes the log with times, from which a report is made", async () => {
    const project = makeProject({});
    const { code } = await project.run(["follow", "--record", "app.log"], { stdin: log });
    expect(code).toBe(0);
    const { out } = await project.run(["report", "app.log", "--json"]);
    const build = JSON.parse(out);
    expect(build.hasTimes).toBe(true);
    expect(build.steps.map((step: { label: string }) => step.label)).toEqual(["quill-1-a.o", "quill-2-app"]);
    expect(build.steps[0].log).toEqual(["a.c: warning"]);
    project.remove();
  });

  it("keeps the order of what ran in the same millisecond", async () => {
    const lines = log
      .split("\n")
      .map((line) => (line.startsWith("@nix") ? `7.${line.includes("104") ? "000" : "001"} ${line}` : line));
    const project = makeProject({ "app.log": lines.join("\n") });
    const { out } = await project.run(["report", "app.log", "--json"]);
    const { steps } = JSON.parse(out);
    expect(steps.map((step: { label: string }) => step.label)).toEqual(["quill-1-a.o", "quill-2-app"]);
    expect(steps.map((step: { inputs: number[] }) => step.inputs)).toEqual([[], [0]]);
    project.remove();
  });

  it("survives lines that are broken", async () => {
    const { code } = await unravel(["follow"], {
      stdin:
        '@nix {\n@nix 1\n@nix null\n@nix {"action":"stop"}\n@nix {"action":"result","id":"x"}\n@nix {"action":"start","type":105}',
    });
    expect(code).toBe(0);
  });
});
