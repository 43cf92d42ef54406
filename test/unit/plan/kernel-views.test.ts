// What the planner adds for large configured trees: a header seen in part, headers that travel together, and the words
// that skeletons keep.

import { describe, expect, test } from "vitest";
import { namesOf, narrowed, optionWords } from "../../../emit/plan/narrowed.ts";
import { TogetherTable } from "../../../emit/plan/together.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import { skeletonOf, wordsIn } from "../../../graph/scan/skeleton.ts";

const bytes = (...texts: string[]): readonly Bytes[] => texts.map(asBytes);

describe("a narrowed header", () => {
  const header = asBytes(
    '/* made */\n#define CONFIG_A 1\n#define CONFIG_B_MODULE 1\n#define CONFIG_C "x"\n#define CONFIG_AB 1\n',
  );

  test("has the lines whose names are asked for, with their values as modules", () => {
    expect(narrowed(header, bytes("CONFIG_A", "CONFIG_B"))).toBe(
      "/* made */\n#define CONFIG_A 1\n#define CONFIG_B_MODULE 1\n",
    );
  });

  test("stays the same when another option changes", () => {
    const other = asBytes(header.replace('CONFIG_C "x"', 'CONFIG_C "y"'));
    expect(narrowed(other, bytes("CONFIG_A"))).toBe(narrowed(header, bytes("CONFIG_A")));
    expect(narrowed(other, bytes("CONFIG_C"))).not.toBe(narrowed(header, bytes("CONFIG_C")));
  });

  test("is asked for by what the files of a step name, and not by itself", () => {
    const texts = new Map([
      ["a.c", "IS_ENABLED(CONFIG_B_MODULE)"],
      ["a.h", "#ifdef CONFIG_A"],
      ["all.h", header],
    ]);
    const names = namesOf(bytes("a.c", "a.h", "all.h"), {
      path: asBytes("all.h"),
      namesIn: (path) => wordsIn(asBytes(texts.get(path) ?? ""), optionWords),
    });
    expect(names).toEqual(["CONFIG_A", "CONFIG_B"]);
  });
});

describe("a name that is put together", () => {
  const header = asBytes("#define CONFIG_A_X 1\n#define CONFIG_A_Y_MODULE 1\n#define CONFIG_B 1\n");
  const seen = (text: string): string => {
    const own = { path: asBytes("all.h"), namesIn: () => wordsIn(asBytes(text), optionWords) };
    return narrowed(header, namesOf(bytes("a.c"), own));
  };

  test("may be any that begins so", () => {
    expect(seen("#define IS(x) IS_ENABLED(CONFIG_A_ ## x)")).toBe(
      "#define CONFIG_A_X 1\n#define CONFIG_A_Y_MODULE 1\n",
    );
    expect(seen("#define IS(x) IS_ENABLED(CONFIG_##x)")).toBe(header);
  });

  test("is no other option's beginning", () => {
    expect(seen("CONFIG_A_")).toBe("");
  });
});

describe("words of a skeleton", () => {
  const path = asBytes("a.c");
  const of = (text: string): Bytes => skeletonOf(path, asBytes(text), optionWords);

  test("are kept from bodies, and nothing else of them is", () => {
    expect(of("#include <x.h>\nint f(void) { return IS_ENABLED(CONFIG_B) + CONFIG_A; }\n")).toBe(
      "#include <x.h>\n/* CONFIG_A CONFIG_B */\n",
    );
  });

  test("add nothing where the lines that are kept have them all", () => {
    expect(of("#ifdef CONFIG_A\nint a = CONFIG_A;\n#endif\n")).toBe("#ifdef CONFIG_A\n#endif\n");
  });

  test("survive being reduced again", () => {
    const once = of("int f(void) { return CONFIG_A; }\n");
    expect(skeletonOf(path, once, optionWords)).toBe(once);
  });
});

describe("headers that travel together", () => {
  const closure = bytes(...Array.from({ length: 10 }, (_, i) => `h${i}.h`));
  const closures = new Map<string, readonly Bytes[]>([
    ["h0.h", closure],
    ["h1.h", closure.slice(1)],
    ["small.h", bytes("small.h")],
  ]);
  const closureOf = (path: Bytes): readonly Bytes[] => closures.get(path) ?? [];
  const all = new Set([...closure, ...bytes("small.h", "a.c")]);
  const nothing = (): boolean => false;

  test("are one group, of which a smaller one inside is no other", () => {
    const [group, ...more] = new TogetherTable(bytes("h0.h", "h1.h", "small.h")).of(all, closureOf, nothing);
    expect(group?.files).toEqual(closure);
    expect(more).toEqual([]);
  });

  test("are the same group for every step that reads its header, whatever else it reads", () => {
    const table = new TogetherTable(bytes("h0.h", "h1.h"));
    const [first] = table.of(all, closureOf, nothing);
    const [second] = table.of(new Set(closure), closureOf, nothing);
    expect(second).toBe(first);
  });

  test("are single files where one of them is not read, or is of another kind", () => {
    const table = new TogetherTable(bytes("h0.h"));
    expect(table.of(new Set(closure.slice(0, 9)), closureOf, nothing)).toEqual([]);
    const [group] = table.of(all, closureOf, (path) => path === "h3.h");
    expect(group?.files).not.toContain("h3.h");
  });

  test("have a name that tells two lists of one header apart", () => {
    const one = new TogetherTable(bytes("h0.h")).of(all, closureOf, nothing);
    const other = new TogetherTable(bytes("h0.h")).of(all, closureOf, (path) => path === "h3.h");
    expect(one[0]?.name).not.toBe(other[0]?.name);
  });
});
