// The source tree on disk: layers over each other, links, names of any bytes.

import { describe, expect, it } from "vitest";
import { bytesOfContents } from "../../../emit/nar.ts";
import { nodeOfDirectory, openTree, type Tree } from "../../../emit/sink/tree.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { directoryOf, type Entry, temporaryDirectory } from "./temporary.ts";

const root = "/build/source";

function open(...layers: readonly Readonly<Record<string, Entry>>[]): Tree {
  return openTree(
    layers.map((entries) => directoryOf(entries)),
    asBytes(root),
  );
}

/** Kind, contents and listing at once: they must agree. */
function look(tree: Tree, path: string): string | readonly string[] | undefined {
  const at = asBytes(path);
  const kind = tree.kindAt(at);
  const node = tree.nodeAt(at);
  if (kind === "file") {
    expect(node?.kind === "file" && Buffer.from(bytesOfContents(node.contents)).toString("latin1")).toBe(
      tree.read(at),
    );
    expect(tree.list(at)).toBeUndefined();
    return tree.read(at);
  }
  expect([node, tree.read(at)]).toEqual([undefined, undefined]);
  const names = tree.list(at);
  expect(names === undefined).toBe(kind === undefined);
  return names === undefined ? undefined : [...names].sort();
}

describe("a tree", () => {
  it("has files, directories and nothing else", () => {
    const tree = open({ "a.c": "a", "d/b.c": "b", "empty/": "" });
    expect(look(tree, "")).toEqual(["a.c", "d", "empty"]);
    expect(look(tree, "a.c")).toBe("a");
    expect(look(tree, "d")).toEqual(["b.c"]);
    expect(look(tree, "d/b.c")).toBe("b");
    expect(look(tree, "empty")).toEqual([]);
    for (const path of ["no", "no/such", "a.c/x", "d/b.c/x"]) expect(look(tree, path)).toBeUndefined();
  });

  it("knows which files may be executed", () => {
    const tree = open({ run: { program: "x" }, plain: "x", link: { link: "run" } });
    const executable = (path: string): unknown =>
      (tree.nodeAt(asBytes(path)) as { executable?: boolean }).executable;
    expect([executable("run"), executable("plain"), executable("link")]).toEqual([true, false, true]);
  });

  it("takes names and contents of any bytes", () => {
    const tree = open({ "caf\xe9/\xff\xfe.c": "\x00\xff", "a\nb": "newline" });
    expect(look(tree, "")).toEqual(["a\nb", "caf\xe9"]);
    expect(look(tree, "caf\xe9/\xff\xfe.c")).toBe("\x00\xff");
    expect(tree.filesBelow(asBytes(""))).toEqual(["a\nb", "caf\xe9/\xff\xfe.c"]);
  });

  it("tells where links lead, to nothing too", () => {
    const tree = open({ "d/a": { link: "gone" }, "d/b": { link: "c" }, "d/c": "", "d/e/f": "" });
    expect([...tree.linksIn(asBytes("d"))].sort()).toEqual([
      ["a", "gone"],
      ["b", "c"],
    ]);
    expect(tree.linksIn(asBytes("d/e")).size).toBe(0);
    expect(tree.linksIn(asBytes("none")).size).toBe(0);
  });

  it("lists every file below a directory, sorted by byte", () => {
    const tree = open({ "b/z": "", "b/a/x": "", "b-c": "", B: "", "b/a.c": "" });
    expect(tree.filesBelow(asBytes(""))).toEqual(["B", "b-c", "b/a.c", "b/a/x", "b/z"]);
    expect(tree.filesBelow(asBytes("b/a"))).toEqual(["b/a/x"]);
    expect(tree.filesBelow(asBytes("b-c"))).toEqual([]);
    expect(tree.filesBelow(asBytes("none"))).toEqual([]);
  });
});

describe("layers", () => {
  it("hide files of earlier ones, and share directories", () => {
    const tree = open({ "d/a": "1", "d/b": "1", c: "1" }, { "d/b": "2", "d/e": "2" });
    expect(look(tree, "d")).toEqual(["a", "b", "e"]);
    expect(["d/a", "d/b", "d/e", "c"].map((path) => look(tree, path))).toEqual(["1", "2", "2", "1"]);
    expect(tree.filesBelow(asBytes(""))).toEqual(["c", "d/a", "d/b", "d/e"]);
  });

  it("hide a directory behind a file, with all that is in it", () => {
    const tree = open({ "d/a": "1", "d/e/f": "1" }, { d: "2" });
    expect(look(tree, "d")).toBe("2");
    expect(look(tree, "d/a")).toBeUndefined();
    expect(look(tree, "d/e/f")).toBeUndefined();
    expect(tree.filesBelow(asBytes(""))).toEqual(["d"]);
  });

  it("hide a file behind a directory", () => {
    const tree = open({ d: "1" }, { "d/a": "2" });
    expect(look(tree, "d")).toEqual(["a"]);
    expect(look(tree, "d/a")).toBe("2");
  });

  it("take away what they list as removed, until a later one brings it back", () => {
    const removed = { ".unravel-removed": "a\0d/b\0" };
    const tree = open({ a: "1", "d/b": "1", "d/c": "1" }, removed, { a: "3" });
    expect(look(tree, "")).toEqual(["a", "d"]);
    expect(look(tree, "a")).toBe("3");
    expect(look(tree, "d")).toEqual(["c"]);
    expect(look(tree, "d/b")).toBeUndefined();
    expect(tree.filesBelow(asBytes(""))).toEqual(["a", "d/c"]);
  });

  it("may have as a link what they removed", () => {
    const tree = open({ a: "1", "d/b": "1" }, { ".unravel-removed": "a\0", a: { link: "d/b" } });
    expect(look(tree, "")).toEqual(["a", "d"]);
    expect(look(tree, "a")).toBe("1");
  });

  it("may not be there", () => {
    const tree = openTree([directoryOf({ a: "1" }), `${temporaryDirectory()}/none`]);
    expect(look(tree, "a")).toBe("1");
    expect(look(openTree([]), "")).toBeUndefined();
  });
});

describe("links", () => {
  it("are what they lead to: files and directories", () => {
    const tree = open({ "d/a": "1", f: { link: "d/a" }, e: { link: "d" }, g: { link: "e/a" } });
    expect(look(tree, "f")).toBe("1");
    expect(look(tree, "e")).toEqual(["a"]);
    expect(look(tree, "e/a")).toBe("1");
    expect(look(tree, "g")).toBe("1");
    expect(tree.nodeAt(asBytes("f"))?.kind).toBe("file");
  });

  it("that lead nowhere are nothing, like those that lead to themselves", () => {
    const tree = open({
      none: { link: "no/such" },
      self: { link: "self" },
      one: { link: "two" },
      two: { link: "one" },
    });
    for (const path of ["none", "self", "one", "two", "self/x"]) expect(look(tree, path)).toBeUndefined();
    expect(tree.filesBelow(asBytes(""))).toEqual([]);
  });

  it("that make directories endless are entered once", () => {
    const tree = open({ "d/a": "1", "d/up": { link: ".." }, "d/here": { link: "." } });
    expect(look(tree, "d/up/d/a")).toBe("1");
    expect(tree.filesBelow(asBytes("d")).length).toBeLessThan(5);
    expect(tree.filesBelow(asBytes("d"))).toContain("d/a");
  });

  it("of a later layer lead into earlier ones, as they do when the layers lie over each other", () => {
    const tree = open(
      { "src/a.h": "1", "include/x.h": "1", "include/deep/y.h": "1" },
      {
        "build/a.h": { link: "../src/a.h" },
        "build/inc": { link: "../include" },
        "build/again.h": { link: "inc/x.h" },
        "build/far.h": { link: "inc/deep/../../src/a.h" },
      },
    );
    expect(look(tree, "build/a.h")).toBe("1");
    expect(look(tree, "build/inc")).toEqual(["deep", "x.h"]);
    expect(look(tree, "build/inc/x.h")).toBe("1");
    expect(look(tree, "build/inc/deep/y.h")).toBe("1");
    expect(look(tree, "build/again.h")).toBe("1");
    expect(look(tree, "build/far.h")).toBe("1");
    expect(tree.filesBelow(asBytes("build"))).toContain("build/inc/x.h");
  });

  it("may be absolute, below the place where the tree lies in the sandbox", () => {
    const tree = open(
      { "src/a.h": "1" },
      { "a.h": { link: `${root}/src/a.h` }, s: { link: `${root}/src` }, top: { link: root } },
    );
    expect(look(tree, "a.h")).toBe("1");
    expect(look(tree, "s/a.h")).toBe("1");
    expect(look(tree, "top/src/a.h")).toBe("1");
    expect(look(open({ x: { link: `${root}-other/x` }, y: { link: "../../etc" } }), "x")).toBeUndefined();
  });

  it("that lead nowhere hide what an earlier layer has, as any file does", () => {
    expect(look(open({ a: "1" }, { a: { link: "none" } }), "a")).toBeUndefined();
  });
});

describe("a directory as a store object", () => {
  it("keeps links, modes and names of any bytes", () => {
    const directory = directoryOf({
      run: { program: "x" },
      "caf\xe9": "y",
      link: { link: "caf\xe9" },
      none: { link: "/no/such" },
      "d/e/": "",
    });
    const node = nodeOfDirectory(Buffer.from(directory));
    if (node.kind !== "directory") throw new Error("not a directory");
    const shown = [...node.entries].map(([name, entry]) => [
      name,
      entry.kind === "file"
        ? [entry.executable, Buffer.from(bytesOfContents(entry.contents)).toString()]
        : entry,
    ]);
    expect(new Map(shown as [string, unknown][])).toEqual(
      new Map<string, unknown>([
        ["run", [true, "x"]],
        ["caf\xe9", [false, "y"]],
        ["link", { kind: "symlink", target: "caf\xe9" }],
        ["none", { kind: "symlink", target: "/no/such" }],
        ["d", { kind: "directory", entries: new Map([["e", { kind: "directory", entries: new Map() }]]) }],
      ]),
    );
  });
});
