// Names that a plan gives: of store objects, of outputs; and the globs that people write.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globToRegExp } from "../../../emit/plan/glob.ts";
import { namedPaths } from "../../../emit/plan/named-paths.ts";
import { outputNames } from "../../../emit/plan/output-names.ts";
import { NameTable, nameOfPath } from "../../../emit/plan/step-name.ts";
import { nameProblem } from "../../../emit/store-path.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";

const component = fc
  .uint8Array({ minLength: 1, maxLength: 30 })
  .map((bytes) => fromBuffer(bytes).replace(/[/\0]/g, "x"))
  .filter((name) => name !== "." && name !== "..");

const path: fc.Arbitrary<Bytes> = fc
  .array(component, { minLength: 1, maxLength: 8 })
  .map((parts) => asBytes(parts.join("/")));

const longPath: fc.Arbitrary<Bytes> = fc
  .array(fc.constantFrom("a", "directory", "x".repeat(90), "caf\xe9", "a b"), { minLength: 1, maxLength: 12 })
  .map((parts) => asBytes(parts.join("/")));

const anyPath = fc.oneof(path, longPath);

describe("the name of a path", () => {
  it.each([
    ["a.o", /^[a-d]-[a-d]-[a-d]-a\.o$/],
    ["src/net/tcp.o", /^src-net-[a-d]-[a-d]-[a-d]-tcp\.o$/],
    ["caf\xe9/a b$.o", /^caf_-[a-d]-[a-d]-[a-d]-a_b_\.o-[0-9a-z]{4}$/],
    ["..dot/.hidden", /^\.\.dot-[a-d]-[a-d]-[a-d]-\.hidden$/],
  ])("can be read: %s", (text, expected) => {
    expect(nameOfPath(asBytes(text))).toMatch(expected);
  });

  it("has letters that follow from the last component alone", () => {
    expect(nameOfPath(asBytes("x/y/a.o")).slice(4)).toBe(nameOfPath(asBytes("a.o")));
  });

  it("of a long path keeps both ends, and stays apart from its neighbours", () => {
    const deep = (tail: string): Bytes => nameOfPath(asBytes(`${"directory/".repeat(20)}${tail}`));
    expect(deep("a.o").length).toBeLessThanOrEqual(100);
    expect(deep("a.o")).toMatch(/^directory-directory-.*-a\.o$/);
    expect(deep("a.o")).not.toBe(nameOfPath(asBytes(`${"directory/".repeat(21)}a.o`)));
  });

  it("fits a store path for any bytes, with what comes around it", () => {
    fc.assert(
      fc.property(fc.array(anyPath, { maxLength: 30 }), (paths) => {
        const table = new NameTable();
        for (const one of paths) {
          const name = table.nameFor(one, "12-");
          for (const suffix of ["", "-recipe", ".drv", `-${"o".repeat(50)}`])
            expect(nameProblem(asBytes(`package-name-${name}${suffix}`))).toBeUndefined();
        }
      }),
      { seed: 1 },
    );
  });
});

describe("a table of names", () => {
  it("gives each path its own name, the same each time", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyPath, { maxLength: 60 }), (paths) => {
        const table = new NameTable();
        const names = paths.map((one) => table.nameFor(one, "0-"));
        expect(new Set(names).size).toBe(paths.length);
        expect(paths.map((one) => table.nameFor(one, "0-"))).toEqual(names);
      }),
      { seed: 2 },
    );
  });

  it("tells paths apart that look alike, whichever of them are there", () => {
    const paths = ["src/net/a.o", "src-net/a.o", "src/net/a.o "].map(asBytes);
    const table = new NameTable();
    const [plain, dash, blank] = paths.map((one) => table.nameFor(one, "1-"));
    expect(plain).toMatch(/^1-src-net-.-.-.-a\.o$/);
    expect(dash).toMatch(/^1-src-net-.-.-.-a\.o-[0-9a-z]{4}$/);
    expect(dash?.startsWith(plain ?? "?")).toBe(true);
    expect(blank).toMatch(/a\.o_-[0-9a-z]{4}$/);
    expect(paths.map((one) => new NameTable().nameFor(one, "1-"))).toEqual([plain, dash, blank]);
  });
});

describe("names of outputs", () => {
  it("are `out`, then the names of the files", () => {
    expect(outputNames(["a/x.c", "a/x.h", "b/y.txt"].map(asBytes))).toEqual(["out", "x.h", "y.txt"]);
  });

  it("keep clear of those with a meaning", () => {
    const names = outputNames(["x", "a/out", "b/done", "c/y.drv", "d/.drv"].map(asBytes));
    expect(names).toEqual(["out", "out-1", "done-2", "y.drv_", ".drv_"]);
  });

  it("are unique, valid, and never those of a derivation", () => {
    const few = fc
      .constantFrom("a/x", "b/x", "c/x", "x-1", "x-2", "x-3", "x-4", "b/x-3", "x.drv", "x.drv_")
      .map(asBytes);
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(few, few, anyPath), { minLength: 1, maxLength: 9 }), (paths) => {
        const names = outputNames(paths);
        expect(new Set([...names, "done"]).size).toBe(paths.length + 1);
        expect(names[0]).toBe("out");
        for (const name of names) {
          expect([name, nameProblem(asBytes(`d-${name}`)), name.endsWith(".drv")]).toEqual([
            name,
            undefined,
            false,
          ]);
          expect(name.length).toBeLessThan(50);
        }
      }),
      { seed: 3, numRuns: 400 },
    );
  });
});

describe("globs", () => {
  it.each([
    ["*.c", ["a.c", ".c"], ["a.h", "d/a.c", "a.c.o"]],
    ["gen/**", ["gen/a", "gen/a/b"], ["gen", "general/a", "x/gen/a"]],
    ["**/a.h", ["a.h", "x/a.h", "x/y/a.h"], ["xa.h", "a.h/x"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]],
    ["?.c", ["a.c"], [".c", "ab.c", "/.c"]],
    ["a+(b)[c].{d}^$|\\", ["a+(b)[c].{d}^$|\\"], ["aa(b)c"]],
    ["a*\n", ["a\n", "ab\n"], ["a"]],
    ["caf\xe9/*", ["caf\xe9/\xff"], ["caf/x"]],
    ["", [""], ["a"]],
  ])("%j match whole paths", (glob, yes, no) => {
    const pattern = globToRegExp(glob);
    expect(yes.filter((one) => !pattern.test(one))).toEqual([]);
    expect(no.filter((one) => pattern.test(one))).toEqual([]);
  });
});

describe("named paths", () => {
  const named = (command: string): readonly string[] => namedPaths(asBytes(command), asBytes("/b"));

  it("are words and parts of words, absolute, in order", () => {
    expect(named("tool x/y -o=z")).toEqual(["/b/tool", "/b/x/y", "/b/-o=z", "/b/-o", "/b/z", "/b/=z"]);
    expect(named("cc -I/x @y,z:w")).toEqual(["/b/cc", "/b/-I/x", "/x", "/b/@y,z:w", "/b/y", "/b/z", "/b/w"]);
    expect(named("a b a")).toEqual(["/b/a", "/b/b"]);
  });

  it("are found in any text, without end", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."ab /\\'\"()=,:@;&|<>\n$cd-I".split("")), maxLength: 60 }),
        (text) => {
          for (const one of named(text)) expect(one.startsWith("/")).toBe(true);
        },
      ),
      { seed: 5 },
    );
  });
});
