// The stages that run in builders: what each makes of its environment, and what an edit leaves as it was.

import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { graphFileOf, runStage } from "../../../cli/builder.ts";
import { emittedRootPlaceholder } from "../../../emit/outputs/emission.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { type Entry } from "../emit/temporary.ts";
import { builtOf, readsOf, rules, stepMaking, stepsOf } from "../plan/plan-case.ts";
import { entriesOf, type Planned, StageStore } from "./stages.ts";

const source: Readonly<Record<string, Entry>> = {
  "a.c": '#include "a.h"\nint a(void) { return 1; }\n',
  "a.h": "#define A 1\nint a(void);\n",
  "run.sh": { program: "#!/bin/sh\n" },
  "caf\xe9.txt": "\xff",
  "link.c": { link: "a.c" },
  "conf/check.c": "int main(void) { return 0; }\n",
  in: "1",
};

const manifest = `${rules}build a.o: cc ../a.c\nbuild x.txt: gen ../in\nbuild app: link a.o\n`;

describe("the skeleton", () => {
  it("has no bodies, and the headers whole beside it for an install phase", async () => {
    const store = new StageStore();
    const { out, install } = await store.skeleton(store.add("source", source));
    const [reduced, kept] = [entriesOf(out), entriesOf(install)];
    expect(Object.keys(reduced)).toEqual(Object.keys(entriesOf(store.add("again", source))));
    expect(reduced["a.c"]).toContain('#include "a.h"');
    expect(reduced["a.c"]).not.toContain("return");
    expect(reduced["a.h"]).not.toContain("int a(void)");
    expect(reduced["run.sh"]).toBe("#!/bin/sh\n x");
    expect(reduced["caf\xe9.txt"]).toBe("\xff");
    expect(reduced["link.c"]).toBe("-> a.c");
    expect(kept).toEqual({ "a.h": source["a.h"] });
  });

  it("is the same after an edit inside a body", async () => {
    const store = new StageStore();
    const edited = { ...source, "a.c": '#include "a.h"\nint a(void) { return 2 + 3; }\n' };
    const [before, after] = [
      await store.skeleton(store.add("source", source)),
      await store.skeleton(store.add("source", edited)),
    ];
    expect(entriesOf(after.out)).toEqual(entriesOf(before.out));
    expect(entriesOf(after.install)).toEqual(entriesOf(before.install));
    const header = await store.skeleton(
      store.add("source", { ...source, "a.h": "#define A 1\nint a(int);\n" }),
    );
    expect(entriesOf(header.out)).toEqual(entriesOf(before.out));
    expect(entriesOf(header.install)).not.toEqual(entriesOf(before.install));
  });

  it("keeps the bodies that configure must see", async () => {
    const store = new StageStore();
    const { out, install } = await store.skeleton(store.add("source", source), ["conf/**"]);
    expect(entriesOf(out)["conf/check.c"]).toBe(source["conf/check.c"]);
    expect(Object.keys(entriesOf(install))).toEqual(["a.h"]);
    expect(entriesOf(out)["a.c"]).not.toContain("return");
  });

  it("of generated files keeps links and whatever is not C", async () => {
    const store = new StageStore();
    const tree = store.add("tree", {
      "g/x.h": "#define X\nint x;\n",
      "g/l.h": { link: "x.h" },
      "deps.dd": "\xff text",
    });
    const out = store.newPath("generated");
    await runStage("generated", { tree, out });
    const entries = entriesOf(out);
    expect(entries["g/x.h"]).toContain("#define X");
    expect(entries["g/x.h"]).not.toContain("int x");
    expect([entries["g/l.h"], entries["deps.dd"]]).toEqual(["-> x.h", "\xff text"]);
  });
});

async function planned(
  store: StageStore,
  files: Readonly<Record<string, Entry>>,
  configured: Readonly<Record<string, Entry>>,
  generated: readonly string[] = [],
): Promise<Planned> {
  const { out } = await store.skeleton(store.add("source", files));
  return store.plan({ skeleton: out, configured: store.add("configured", configured), generated });
}

describe("the plan", () => {
  const gen = { "gen.sh": "" };

  it("is of the source with what configure made, and has the install command beside it", async () => {
    const install = "rule install\n  command = do the install\nbuild install: install\ndefault app x.txt\n";
    const { plan, install: command } = await planned(
      new StageStore(),
      { ...source, ...gen },
      { "build/build.ninja": manifest + install },
    );
    expect(stepsOf(plan)).toEqual(["build/a.o", "build/app", "build/x.txt"]);
    expect(readsOf(plan, "build/a.o")).toEqual(["a.c", "a.h"]);
    expect(command).toBe("do the install");
  });

  it("says which steps are made from the whole source tree", async () => {
    const store = new StageStore();
    const configured = store.add("configured", {
      "build/build.ninja": `${rules}rule pack\n  command = pack $in > $out\nbuild all.tar: pack ..\n`,
    });
    const { out } = await store.skeleton(store.add("source", source));
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      await store.plan({ skeleton: out, configured });
      expect(said.mock.calls).toEqual([
        ['unravel: "build/all.tar" is made from the whole source tree: any edit makes it again\n'],
      ]);
    } finally {
      said.mockRestore();
    }
  });

  it("follows links that configure made into the source", async () => {
    const { plan } = await planned(
      new StageStore(),
      { ...source, ...gen },
      {
        "build/build.ninja": `${rules}build a.o: cc here.c\nbuild b.o: cc there/a.c\n`,
        "build/here.c": { link: "../a.c" },
        "build/there": { link: "/build/source" },
        "build/a.h": { link: "/build/source/a.h" },
      },
    );
    expect(readsOf(plan, "build/a.o")).toEqual(["build/a.h", "build/here.c"]);
    expect(readsOf(plan, "build/b.o")).toContain("build/there/a.c");
  });

  it("plans a step alike before and after headers are generated", async () => {
    const files = { ...source, ...gen, "a.c": '#include "x.h"\n' };
    const configured = {
      "build/build.ninja": `${rules}rule names
  command = ls gen && sh ../gen.sh > $out
build gen/x.h: gen ../in
build names.txt: names
build a.o: cc ../a.c || gen/x.h
build all: phony names.txt a.o
default all
`,
    };
    const store = new StageStore();
    const first = await planned(store, files, configured);
    expect([first.plan.isComplete, builtOf(first.plan)]).toEqual([false, ["build/gen/x.h"]]);
    const generated = store.add("generated", { "build/gen/x.h": "" });
    const { plan } = await planned(store, files, configured, [generated]);
    expect(plan.isComplete).toBe(true);
    expect(stepMaking(plan, "build/gen/x.h")).toEqual({
      ...stepMaking(first.plan, "build/gen/x.h"),
      sources: expect.anything(),
    });
    // The directory is there in the second phase only; the command named it in both.
    expect(stepMaking(plan, "build/names.txt").directories).toEqual(["build"]);
  });

  it("shows files of the graph to messages", async () => {
    const store = new StageStore();
    const skeleton = store.add("skeleton", {});
    const configured = store.add("configured", { "build/build.ninja": "text", "build/sub/x.ninja": "more" });
    const settings = JSON.stringify({
      name: "p",
      frontend: "ninja",
      root: "/build/source",
      buildDirectory: "build",
      targets: [],
      extraInputs: [],
    });
    const read = await graphFileOf("plan", { skeleton, configured, settings });
    expect([read(asBytes("build.ninja")), read(asBytes("sub/x.ninja"))]).toEqual(["text", "more"]);
    expect([read(asBytes("none")), read(asBytes("/etc/passwd"))]).toEqual([undefined, undefined]);
    expect((await graphFileOf("emit", {}))(asBytes("build.ninja"))).toBeUndefined();
  });
});

describe("emission", () => {
  async function prepared(
    edges: string,
    files: Readonly<Record<string, Entry>> = source,
  ): Promise<{ readonly store: StageStore; readonly env: Readonly<Record<string, string>> }> {
    const store = new StageStore();
    const all = { ...files, "gen.sh": "" };
    const sourcePath = store.add("source", all);
    const configured = store.add("configured", { "build/build.ninja": edges });
    const { out } = await store.skeleton(sourcePath);
    const { directory, entry } = await store.plan({ skeleton: out, configured });
    return { store, env: { plan: directory, template: entry, source: sourcePath, configured } };
  }

  it("writes every object to its output, sources with their bodies", async () => {
    const { store, env } = await prepared(manifest);
    const entry = store.entry(env);
    const outputs = await store.build(entry);
    const names = [...outputs.keys()];
    expect(names.at(-1)).toBe("r-root.drv");
    const named = (pattern: RegExp): string =>
      outputs.get(names.find((name) => pattern.test(name)) ?? "") ?? "";
    const recipe = entriesOf(named(/-a\.o-recipe$/));
    expect(recipe["tree/a.c"]).toBe(source["a.c"]);
    expect(recipe["tree/a.h"]).toMatch(/^-> .*-a\.h$/);
    expect(readFileSync(named(/^0-.-.-.-a\.h$/), "latin1")).toBe(source["a.h"]);
    const step = store.derivation(named(/-a\.o\.drv$/), "p-a.o");
    expect([...step.outputs.keys()].sort()).toEqual(["done", "out"]);
    // While it is built, a derivation names its siblings by scratch paths; Nix rewrites these.
    expect(step.structuredAttrs?.get(asBytes("recipe"))).toBe(recipeScratch(outputs, /-a\.o-recipe$/));
  });

  it("says the same for the same plan, whatever the bodies are", async () => {
    const [one, two] = [
      await prepared(manifest),
      await prepared(manifest, { ...source, "a.c": '#include "a.h"\nint z;\n' }),
    ];
    const keys = async ({ store, env }: typeof one): Promise<readonly string[]> => [
      ...store.entry(env).outputs.keys(),
    ];
    expect(await keys(one)).toEqual(await keys(two));
  });

  it("of a plan for generated files alone is postponed, or builds these", async () => {
    const edges = `${rules}build gen/x.h: gen ../in\nbuild a.o: cc ../a.c || gen/x.h\n`;
    const { store, env } = await prepared(edges, { ...source, "a.c": '#include "x.h"\n' });
    const next = store.newPath("next.drv");
    const later = store.entry({ ...env, next, nextRoot: emittedRootPlaceholder(asBytes(next)) });
    expect([...later.outputs.keys()]).toEqual(["r-root.drv"]);
    const outputs = await store.build(later);
    const forward = store.derivation(outputs.get("r-root.drv") ?? "", "p-r-root");
    expect([...forward.inputDrvs.keys()]).toEqual([next]);
    expect(forward.structuredAttrs?.get(asBytes("target"))).toBe(emittedRootPlaceholder(asBytes(next)));
    const now = store.entry({ ...env, purpose: "generated" });
    expect([...now.outputs.keys()].some((name) => name.endsWith("-x.h.drv"))).toBe(true);
    expect([...now.outputs.keys()].some((name) => name.endsWith("-a.o.drv"))).toBe(false);
  });

  it("says when generated files include others deeper than there are phases", async () => {
    const edges = `${rules}build gen/x.h: gen ../in\nbuild a.o: cc ../a.c || gen/x.h\n`;
    const { store, env } = await prepared(edges, { ...source, "a.c": '#include "x.h"\n' });
    expect(() => store.entry(env)).toThrow(
      "unravel: what steps make includes what others make, deeper than can be planned\n" +
        "  hint: let configure make the innermost of these headers\n",
    );
  });

  it("of many steps writes shards, which write the objects", async () => {
    const edges = Array.from({ length: 90 }, (_, i) => `build d${i % 3}/x${i}.txt: gen ../in\n`).join("");
    const { store, env } = await prepared(rules + edges);
    const outputs = await store.build(store.entry(env));
    const shards = [...outputs].filter(([name]) => name.endsWith(".drv") && name !== "r-root.drv");
    expect(shards.length).toBeGreaterThan(3);
    const written = new Set<string>();
    for (const [name, file] of shards) {
      const shard = store.derivation(file, `p-${name.slice(0, -4)}`);
      // Nix would have built the data by now; the scratch path stands for it here.
      expect(shard.structuredAttrs?.get(asBytes("data"))).toBe(outputs.get(`${name.slice(0, -4)}-data`));
      for (const output of (await store.build(shard)).keys()) written.add(`${name.slice(0, -4)}-${output}`);
    }
    expect([...written].filter((key) => key.endsWith(".drv"))).toHaveLength(91);
  });

  it("names a source that has gone since", async () => {
    const { store, env } = await prepared(manifest);
    const entry = store.entry({ ...env, source: store.add("empty", {}) });
    await expect(store.build(entry)).rejects.toThrow("[plan/source-gone]");
  });
});

function recipeScratch(outputs: ReadonlyMap<string, string>, pattern: RegExp): string | undefined {
  return [...outputs].find(([name]) => pattern.test(name))?.[1];
}

describe("a stage", () => {
  it("must be one that there is", async () => {
    await expect(runStage("nothing", {})).rejects.toThrow('there is no stage "nothing"');
    await expect(runStage(undefined, {})).rejects.toThrow('there is no stage "undefined"');
  });

  it("misses a variable by name", async () => {
    await expect(runStage("skeleton", { source: "x" })).rejects.toThrow(
      'the derivation has no variable "out"',
    );
    await expect(runStage("emit", {})).rejects.toThrow(
      'the derivation has no variable "NIX_ATTRS_JSON_FILE"',
    );
  });
});
