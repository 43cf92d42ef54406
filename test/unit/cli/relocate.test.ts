import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relocation } from "../../../emit/plan/relocate.ts";
import { asBytes } from "../../../graph/bytes.ts";

const move = relocation(asBytes("/home/me/src"), asBytes("/build/source"));

describe("relocation", () => {
  it.each([
    ["cc -I/home/me/src/include -c a.c", "cc -I/build/source/include -c a.c"],
    ["/home/me/src", "/build/source"],
    ['"/home/me/src/a b"', '"/build/source/a b"'],
    ["-Wl,-rpath,/home/me/src/lib:/home/me/src/lib2", "-Wl,-rpath,/build/source/lib:/build/source/lib2"],
    ["-DROOT=/home/me/src;cd /home/me/src&&x", "-DROOT=/build/source;cd /build/source&&x"],
    ['-DROOT=\\"/home/me/src\\"', '-DROOT=\\"/build/source\\"'],
    ["-isystem/home/me/src/x -idirafter/home/me/src", "-isystem/build/source/x -idirafter/build/source"],
    ["@/home/me/src/x.rsp", "@/build/source/x.rsp"],
    ["see /home/me/src. Then", "see /build/source. Then"],
    ["/home/me/src/../other", "/build/source/../other"],
    ["file:///home/me/src/x", "file:///home/me/src/x"],
    [
      "/home/me/src2/a /home/me/src-old /home/me/src.bak",
      "/home/me/src2/a /home/me/src-old /home/me/src.bak",
    ],
    ["/mnt/home/me/src/a ../home/me/src ./home/me/src", "/mnt/home/me/src/a ../home/me/src ./home/me/src"],
  ])("turns %s into %s", (from, to) => {
    expect(move(asBytes(from))).toBe(to);
  });

  it("finds a root with blanks as generators write it", () => {
    const spaced = relocation(asBytes("/home/me/my src"), asBytes("/build/source"));
    expect(spaced(asBytes("cc -I/home/me/my\\ src/include '/home/me/my src/a.c'"))).toBe(
      "cc -I/build/source/include '/build/source/a.c'",
    );
  });

  it("leaves texts without the root alone, and is finished after one pass", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("/", "home", "me", "src", " ", "-I", ":", "x", "\xff")),
        (parts) => {
          const text = asBytes(parts.join(""));
          const moved = move(text);
          if (!text.includes("/home/me/src")) expect(moved).toBe(text);
          expect(move(moved)).toBe(moved);
        },
      ),
    );
  });
});
