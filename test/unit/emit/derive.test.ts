// The objects of a plan: what a recipe holds, what a derivation says, and what depends on what.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { planTree } from "../../../cli/plan-tree.ts";
import { parseDerivation } from "../../../emit/aterm-reader.ts";
import type { Derivation } from "../../../emit/derivation.ts";
import { derivationProblems } from "../../../emit/derivation-check.ts";
import { type Derived, derive } from "../../../emit/derive.ts";
import { bytesOfContents, type NarNode } from "../../../emit/nar.ts";
import { inputPlaceholder } from "../../../emit/placeholder.ts";
import { openTree } from "../../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { type Files, planOf, rules } from "../plan/plan-case.ts";
import { context, readFrom } from "./context.ts";

const files: Files = {
  "a.c": '#include "a.h"\n',
  "a.h": "h",
  "b.c": '#include "a.h"\n',
  "gen.sh": "sh",
  in: "\xff",
  "build/build.ninja": `${rules}rule thin
  command = ar crsT $out $in
rule rsp
  command = tool @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in
build a.o: cc ../a.c
build b.o: cc ../b.c
build t.a: thin a.o
build l.a: ar b.o
build app: link l.a
build x.txt | x.log check: gen ../in | app
build y.txt: rsp x.txt x.log
default t.a y.txt
`,
};

interface Made {
  readonly derived: Derived;
  readonly recipe: (name: string) => ReadonlyMap<string, NarNode>;
  readonly derivation: (name: string) => Derivation;
  readonly path: (name: string) => Bytes;
}

/** Names are those of the steps without height and letter: "a.o". */
function make(contents: Files = files, name = "p"): Made {
  const plan = planOf({ files: contents, name });
  const derived = derive(plan, context, readFrom(contents));
  const keyed = new Map(
    derived.objects.map(({ key, object }) => [
      key.replace(/^\d+-(.*-)?[a-d]-[a-d]-[a-d]-(?=[^-]+)/, "$1"),
      object,
    ]),
  );
  const object = (key: string): NonNullable<ReturnType<typeof keyed.get>> => {
    const found = keyed.get(key);
    if (found === undefined) throw new Error(`no object ${key}: ${[...keyed.keys()].join(" ")}`);
    return found;
  };
  return {
    derived,
    path: (step) => object(`${step}.drv`).path,
    recipe: (step) => {
      const found = object(`${step}-recipe`);
      if (found.method !== "nar" || found.node.kind !== "directory") throw new Error("no recipe");
      return found.node.entries;
    },
    derivation: (step) => {
      const found = object(`${step}.drv`);
      if (found.method !== "text") throw new Error("no derivation");
      const text = fromBuffer(Buffer.from(bytesOfContents(found.contents)));
      return parseDerivation(text, asBytes(found.name.slice(0, -4)));
    },
  };
}

function textOf(node: NarNode | undefined): string {
  if (node?.kind === "symlink") return `-> ${node.target}`;
  return node?.kind === "file" ? Buffer.from(bytesOfContents(node.contents)).toString("latin1") : "?";
}

describe("a recipe", () => {
  it("holds all that is foreign in a step", () => {
    const recipe = make().recipe("x.txt");
    expect(
      Object.fromEntries(
        [...recipe].filter(([, node]) => node.kind === "file").map(([name, node]) => [name, textOf(node)]),
      ),
    ).toEqual({
      command: "sh ../gen.sh ../in > x.txt\n",
      about: [
        ...["build/x.txt", "", "", "", "", "3", "1"],
        ...["out", "build/x.txt", "", "x.log", "build/x.log", "", "check", "build/check", "optional"],
        ...["build", "build/app", ""],
      ].join("\0"),
    });
  });

  it("has the response file, the depfile and the paths of inputs where the step has them", () => {
    const { recipe } = make();
    const about = (step: string): readonly string[] => textOf(recipe(step).get(asBytes("about"))).split("\0");
    expect(about("y.txt")).toEqual([
      ...["build/y.txt", "", "y.txt.rsp", "", "", "1", "1", "out", "build/y.txt", ""],
      ...["build", "build/x.txt", "build/x.log", ""],
    ]);
    expect(textOf(recipe("y.txt").get(asBytes("response-file")))).toBe("x.txt x.log");
    expect(about("a.o")[1]).toBe("a.o.d");
  });

  it("has a compile's own source as a file and what it shares as a link", () => {
    const tree = make().recipe("a.o").get(asBytes("tree"));
    if (tree?.kind !== "directory") throw new Error("no tree");
    expect([...tree.entries.keys()].sort()).toEqual(["a.c", "a.h"]);
    expect(textOf(tree.entries.get(asBytes("a.c")))).toBe(files["a.c"]);
    expect(textOf(tree.entries.get(asBytes("a.h")))).toMatch(
      /^-> \/nix\/store\/[0-9a-z]{32}-p-0-[a-d]-[a-d]-[a-d]-a\.h$/,
    );
  });

  it("is not there for sources where a step reads none", () => {
    expect(make().recipe("app").has(asBytes("tree"))).toBe(false);
  });
});

describe("a step's derivation", () => {
  it("names its inputs by placeholder, and Nix's rules are kept", () => {
    const { derivation, path } = make();
    const step = derivation("y.txt");
    expect(step.structuredAttrs?.get(asBytes("inputs"))).toEqual(
      ["out", "x.log"].map((output) => inputPlaceholder(path("x.txt"), [asBytes(output)])),
    );
    expect(step.inputDrvs).toEqual(
      new Map([[path("x.txt"), { outputs: ["out", "x.log"], dynamic: new Map() }]]),
    );
    for (const name of ["a.o", "t.a", "app", "x.txt", "y.txt"])
      expect(derivationProblems(derivation(name))).toEqual([]);
  });

  it("has an output per file, and one that says that it is done", () => {
    expect([...make().derivation("x.txt").outputs.keys()].sort()).toEqual(["check", "done", "out", "x.log"]);
  });

  it("wants copies where a tool looks for real paths: commands and thin archives", () => {
    const { derivation } = make();
    const layout = (name: string): unknown => derivation(name).structuredAttrs?.get(asBytes("layout"));
    expect(["a.o", "l.a", "app", "t.a", "x.txt"].map(layout)).toEqual([
      "link",
      "link",
      "link",
      "copy",
      "copy",
    ]);
  });

  it("fits Nix's limit of names for long paths and packages", () => {
    const deep = "directory/".repeat(30);
    const contents = {
      in: "",
      "gen.sh": "",
      "build/build.ninja": `${rules}build ${deep}${"x".repeat(100)} | ${"y".repeat(150)}.txt: gen ../in\n`,
    };
    const plan = planOf({ files: contents, name: "a-package-name-of-24-char" });
    for (const { object } of derive(plan, context, readFrom(contents)).objects) {
      if (object.method !== "text") continue;
      const text = fromBuffer(Buffer.from(bytesOfContents(object.contents)));
      expect(derivationProblems(parseDerivation(text, asBytes(object.name.slice(0, -4))))).toEqual([]);
    }
  });
});

describe("an edit", () => {
  const changed = (contents: Files): readonly string[] => {
    const [before, after] = [make(), make(contents)];
    return ["a.o", "b.o", "t.a", "l.a", "app", "x.txt", "y.txt"].filter(
      (name) => before.path(name) !== after.path(name),
    );
  };

  it("of a private source changes its step, and what is made from that", () => {
    expect(changed({ ...files, "a.c": '#include "a.h"\nint a;\n' })).toEqual(["a.o", "t.a"]);
    expect(changed({ ...files, in: "2" })).toEqual(["x.txt", "y.txt"]);
  });

  it("of a header changes all that include it", () => {
    expect(changed({ ...files, "a.h": "other" })).toEqual([
      "a.o",
      "b.o",
      "t.a",
      "l.a",
      "app",
      "x.txt",
      "y.txt",
    ]);
  });

  it("of a flag changes the steps of the rule", () => {
    const manifest = files["build/build.ninja"]?.replace("tool @", "tool -v @") ?? "";
    expect(changed({ ...files, "build/build.ninja": manifest })).toEqual(["y.txt"]);
  });

  it("that makes a source executable changes the step", () => {
    const plan = planOf({ files });
    const read = readFrom(files);
    const executable = derive(plan, context, (path) => {
      const node = read(path);
      return node?.kind === "file" ? { ...node, executable: true } : node;
    });
    expect(executable.root).not.toBe(make().derived.root);
  });
});

describe("sources that are gone", () => {
  it("are all named at once", () => {
    const plan = planOf({ files });
    const { "a.h": _, in: __, ...rest } = files;
    expect(() => derive(plan, context, readFrom(rest))).toThrow(
      '"a.h", "in" were there when the plan was made and are gone',
    );
  });
});

const golden = resolve(import.meta.dirname, "../../golden/plan");

describe("golden plans", () => {
  it.each(readdirSync(golden))("%s: names, inputs and store paths stay what they are", async (name) => {
    const directory = join(golden, name, "tree");
    const settings = {
      name: asBytes(name),
      frontend: "ninja" as const,
      root: asBytes("/build/source"),
      buildDirectory: asBytes("build"),
      targets: [],
      extraInputs: [],
    };
    const generated = join(golden, name, "generated");
    const lines: string[] = [];
    for (const phase of [[], [generated]]) {
      const plan = planTree(settings, [directory], phase);
      const tree = openTree([directory]);
      const { objects, derivations } = derive(plan, context, (path) => tree.nodeAt(path));
      lines.push(
        `# ${plan.isComplete ? "complete" : "generated files only"}: ${plan.built.map((ref) => plan.steps[ref.step]?.outputs[ref.output]?.path).join(" ")}`,
      );
      plan.steps.forEach((step, i) => {
        const sources = step.sources.map((index) => plan.files[index]);
        const own = step.ownSources.map((index) => `${plan.files[index]}!`);
        const inputs = step.inputs.map((ref) => {
          const output = plan.steps[ref.step]?.outputs[ref.output];
          return output?.isInterface === true ? output.name : output?.path;
        });
        const outputs = step.outputs.map(
          ({ name: output, path, optional }) => `${output}=${path}${optional ? "?" : ""}`,
        );
        lines.push(
          `${step.name} ${step.kind}`,
          `  reads ${[...own, ...sources, ...inputs].join(" ")}`,
          `  makes ${outputs.join(" ")}`,
          `  ${derivations[i]}`,
        );
      });
      lines.push(...objects.map(({ object }) => object.path), "");
      if (plan.isComplete) break;
    }
    await expect(lines.join("\n")).toMatchFileSnapshot(join(golden, name, "expected.txt"));
    expect(readFileSync(join(golden, name, "expected.txt"), "utf8")).toContain("# complete");
  });
});
