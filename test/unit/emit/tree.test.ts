// Layers of a source tree on disk.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTree } from "../../../emit/sink/tree.ts";
import { asBytes } from "../../../graph/bytes.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "tree-"));
  for (const directory of ["source/sub", "configured/sub"])
    mkdirSync(join(top, directory), { recursive: true });
  writeFileSync(join(top, "source/zconf.h"), "source");
  writeFileSync(join(top, "source/sub/a.h"), "source");
  writeFileSync(join(top, "source/sub/b.h"), "source");
  writeFileSync(join(top, "configured/sub/b.h"), "configured");
});
afterEach(() => rmSync(top, { recursive: true }));

function open(): ReturnType<typeof openTree> {
  return openTree([join(top, "source"), join(top, "configured")]);
}

test("a file of a later layer hides that of an earlier one", () => {
  const tree = open();
  expect(tree.read(asBytes("sub/a.h"))).toBe("source");
  expect(tree.read(asBytes("sub/b.h"))).toBe("configured");
  expect(tree.filesBelow(asBytes(""))).toEqual(["sub/a.h", "sub/b.h", "zconf.h"]);
});

test("what a later layer removed is gone for every question", () => {
  writeFileSync(join(top, "configured/.unravel-removed"), "zconf.h\0sub/a.h\0");
  const tree = open();
  expect(tree.read(asBytes("zconf.h"))).toBeUndefined();
  expect(tree.kindAt(asBytes("sub/a.h"))).toBeUndefined();
  expect([...(tree.list(asBytes("sub")) ?? [])]).toEqual(["b.h"]);
  expect([...(tree.list(asBytes("")) ?? [])]).toEqual(["sub"]);
  expect(tree.filesBelow(asBytes(""))).toEqual(["sub/b.h"]);
});

test("a layer may have a file anew that it removed from the one below", () => {
  writeFileSync(join(top, "configured/.unravel-removed"), "zconf.h\0");
  symlinkSync("sub/b.h", join(top, "configured/zconf.h"));
  expect(open().read(asBytes("zconf.h"))).toBe("configured");
  expect([...(open().list(asBytes("")) ?? [])].toSorted()).toEqual(["sub", "zconf.h"]);
});
