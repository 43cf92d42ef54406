// The scripts that join what steps made, and that stand for a derivation which is emitted later.

import { mkdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entriesOf } from "../cli/stages.ts";
import { type Entry, makeReadOnly, temporaryDirectory, writeEntries } from "../emit/temporary.ts";
import { type Ran, runScript } from "./step-run.ts";

function joined(trees: readonly Readonly<Record<string, Entry>>[]): {
  readonly ran: Ran;
  readonly out: string;
} {
  const directory = temporaryDirectory();
  writeEntries(directory, { "environment/environment.sh": "export PATH=/usr/bin:/bin\n" });
  const inputs = trees.map((entries, i) => {
    const tree = join(directory, `tree-${i}`);
    mkdirSync(tree);
    writeEntries(tree, entries);
    makeReadOnly(tree);
    return tree;
  });
  const out = join(directory, "out");
  const environment = join(directory, "environment");
  const ran = runScript("root.sh", { environment, inputs, outputs: new Map([["out", out]]) }, directory);
  return { ran, out };
}

describe("the root", () => {
  it("joins trees that share directories, with modes and links as they are", () => {
    const { ran, out } = joined([
      { "build/lib/l.so.1": "1", "build/run": { program: "r" } },
      { "build/lib/l.so": { link: "l.so.1" }, "build/-x y": { program: "-" } },
      { "build/caf\xe9/new\nline": "n", "build/none": { link: "no/such" }, "build/empty/": "" },
    ]);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(entriesOf(out)).toEqual({
      "build/-x y": "- x",
      "build/caf\xe9/new\nline": "n",
      "build/empty/": "",
      "build/lib/l.so": "-> l.so.1",
      "build/lib/l.so.1": "1",
      "build/none": "-> no/such",
      "build/run": "r x",
    });
  });

  it("may join nothing", () => {
    const { ran, out } = joined([]);
    expect([ran.code, ran.err, entriesOf(out)]).toEqual([0, "", {}]);
  });

  it("may join an optional output that was not made", () => {
    const { ran, out } = joined([{}, { x: "1" }]);
    expect([ran.code, ran.err, entriesOf(out)]).toEqual([0, "", { x: "1" }]);
  });
});

it("a forward leads to what it stands for", () => {
  const directory = temporaryDirectory();
  writeEntries(directory, { "environment/environment.sh": "export PATH=/usr/bin:/bin\n" });
  const out = join(directory, "out");
  const attributes = {
    environment: join(directory, "environment"),
    target: "/nix/store/it's",
    outputs: new Map([["out", out]]),
  };
  const ran = runScript("forward.sh", attributes, directory);
  expect([ran.code, ran.err, readlinkSync(out)]).toEqual([0, "", "/nix/store/it's"]);
});
