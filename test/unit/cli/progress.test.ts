// The progress line, on a terminal and elsewhere.

import { describe, expect, it } from "vitest";
import { Progress } from "../../../cli/host/progress.ts";
import type { Io } from "../../../cli/io.ts";

function progress(
  options: Partial<Io>,
  isQuiet = false,
): { readonly progress: Progress; readonly text: () => string } {
  let text = "";
  const io = {
    isTerminal: false,
    columns: 40,
    ...options,
    err: (more: string) => (text += more),
  } as unknown as Io;
  return { progress: new Progress(io, isQuiet), text: () => text };
}

describe("progress", () => {
  it("is a line per finished step where nothing can be written over", () => {
    const { progress: bar, text } = progress({});
    bar.expect(3);
    bar.started("CC a.o");
    bar.built("CC a.o", "");
    bar.built("CC b.o", "b.c:1: warning: x");
    bar.cutOff();
    bar.close();
    expect(text()).toBe("[1/3] CC a.o\n[2/3] CC b.o\nb.c:1: warning: x\n");
  });

  it("is one line on a terminal, which output of a step pushes up", () => {
    const { progress: bar, text } = progress({ isTerminal: true });
    bar.expect(2);
    bar.started("CC a.o");
    bar.built("CC a.o", "a warning\n");
    bar.built("CC b.o", "");
    bar.close();
    expect(text()).toBe("\r[0/2] CC a.o\x1b[K\r[1/2] CC a.o\x1b[K\na warning\n\r[2/2] CC b.o\x1b[K\n");
  });

  it("keeps the line shorter than the terminal, with both ends of the label", () => {
    const { progress: bar, text } = progress({ isTerminal: true, columns: 40 });
    bar.expect(1);
    bar.started(`CXX ${"deep/".repeat(20)}file.o`);
    const line = text().slice(1, -3);
    expect(line).toMatch(/^\[0\/1\] CXX deep.*\.\.\..*file\.o$/);
    expect(line.length).toBeLessThan(40);
  });

  it("lets no label move the cursor", () => {
    const { progress: bar, text } = progress({});
    bar.expect(1);
    bar.built("a\x1b[2J\r\nb", "");
    expect(text()).toBe("[1/1] a [2J b\n");
  });

  it("says nothing when asked to be quiet, but what steps print", () => {
    const { progress: bar, text } = progress({}, true);
    bar.expect(1);
    bar.built("CC a.o", "warning");
    bar.failed("CC b.o");
    expect(text()).toBe("warning\n");
  });
});
