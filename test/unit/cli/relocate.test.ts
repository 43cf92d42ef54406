// Moving a tree inside commands: where its root is meant, and where it only looks like it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relocation } from "../../../emit/plan/relocate.ts";
import { asBytes } from "../../../graph/bytes.ts";

const move = relocation(asBytes("/users/me/src"), asBytes("/build/source"));

describe("relocation", () => {
  it.each([
    ["cc -I/users/me/src/include -c a.c", "cc -I/build/source/include -c a.c"],
    ["/users/me/src", "/build/source"],
    ['"/users/me/src/a b"', '"/build/source/a b"'],
    ["-Wl,-rpath,/users/me/src/lib:/users/me/src/lib2", "-Wl,-rpath,/build/source/lib:/build/source/lib2"],
    ["-DROOT=/users/me/src;cd /users/me/src&&x", "-DROOT=/build/source;cd /build/source&&x"],
    ['-DROOT=\\"/users/me/src\\"', '-DROOT=\\"/build/source\\"'],
    ["-isystem/users/me/src/x -idirafter/users/me/src", "-isystem/build/source/x -idirafter/build/source"],
    ["@/users/me/src/x.rsp", "@/build/source/x.rsp"],
    ["see /users/me/src. Then", "see /build/source. Then"],
    ["/users/me/src/../other", "/build/source/../other"],
    ["file:///users/me/src/x", "file:///users/me/src/x"],
    [
      "/users/me/src2/a /users/me/src-old /users/me/src.bak",
      "/users/me/src2/a /users/me/src-old /users/me/src.bak",
    ],
    [
      "/mnt/users/me/src/a ../users/me/src ./users/me/src",
      "/mnt/users/me/src/a ../users/me/src ./users/me/src",
    ],
  ])("turns %s into %s", (from, to) => {
    expect(move(asBytes(from))).toBe(to);
  });

  it("finds a root with blanks as generators write it", () => {
    const spaced = relocation(asBytes("/users/me/my src"), asBytes("/build/source"));
    expect(spaced(asBytes("cc -I/users/me/my\\ src/include '/users/me/my src/a.c'"))).toBe(
      "cc -I/build/source/include '/build/source/a.c'",
    );
  });

  it("leaves texts without the root alone, and is finished after one pass", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("/", "users", "me", "src", " ", "-I", ":", "x", "\xff")),
        (parts) => {
          const text = asBytes(parts.join(""));
          const moved = move(text);
          if (!text.includes("/users/me/src")) expect(moved).toBe(text);
          expect(move(moved)).toBe(moved);
        },
      ),
    );
  });
});
