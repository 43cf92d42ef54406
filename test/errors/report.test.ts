// The exact text of report/... errors.

import { afterAll, describe, expect, it } from "vitest";
import { makeProject } from "../cli.ts";

const project = makeProject({
  "notes.txt": "nothing of a build\n",
  "broken.jsonl":
    '{"unravelRecord":1,"name":"a","at":"","jobs":1}\n{"t":1,"start":7,"lane":0}\n{"t":2,"done":"built"}\n',
  "garbled.jsonl": '{"unravelRecord":1,"name":"a","at":"","jobs":1}\nnot JSON\n',
  "future.jsonl": '{"unravelRecord":2}\n',
  "empty.log": "@nix {\n",
});
afterAll(project.remove);

const complaint = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await project.run(["report", ...args]);
  expect(out).toBe("");
  return `${err}exit ${code}`;
};

describe("report/record", () => {
  const again =
    "  hint: build again: `unravel build` writes .unravel/build.jsonl in the build directory\nexit 1";
  it.each([
    [
      "notes.txt",
      'error: "notes.txt" is neither a build\'s record nor a log of Nix in JSON [report/record]\n' +
        "  hint: give a build directory, its .unravel/build.jsonl, or what nix-build --log-format internal-json prints\nexit 1",
    ],
    [
      "broken.jsonl",
      `error: line 2 of "broken.jsonl" is not one of a build's record [report/record]\n${again}`,
    ],
    [
      "garbled.jsonl",
      `error: line 2 of "garbled.jsonl" is not one of a build's record [report/record]\n${again}`,
    ],
    [
      "future.jsonl",
      "error: the record has version 2, and this program reads 1 [report/record]\n  hint: use the unravel that wrote it\nexit 1",
    ],
    [
      "empty.log",
      "error: there is no event of Nix in this log [report/record]\n" +
        "  hint: make one: nix-build --log-format internal-json |& unravel follow --record build.log\nexit 1",
    ],
  ])("%s", async (file, text) => {
    expect(await complaint(file)).toBe(text);
  });
});

describe("other errors of a report", () => {
  it("a directory without a record", async () => {
    expect(await complaint(".")).toBe(
      'error: cannot read ".unravel/build.jsonl": no such file or directory [cli/no-such-file]\n' +
        "  hint: check the path; it is relative to the working directory\nexit 1",
    );
  });
});
