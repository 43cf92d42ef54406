// A build from manifest to result with the real scripts and the real compiler, but no Nix: plans, derivations and
// step.sh, one derivation after another. What it makes must be what ninja makes.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planTree } from "../../../cli/plan-tree.ts";
import { parseDerivation } from "../../../emit/aterm-reader.ts";
import type { Derivation } from "../../../emit/derivation.ts";
import { derive } from "../../../emit/derive.ts";
import type { JsonValue } from "../../../emit/json.ts";
import { bytesOfContents } from "../../../emit/nar.ts";
import { inputPlaceholder } from "../../../emit/placeholder.ts";
import type { Plan } from "../../../emit/plan/plan.ts";
import { writeNode } from "../../../emit/sink/outputs.ts";
import { writeScannable } from "../../../emit/sink/skeleton.ts";
import { openTree } from "../../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromBuffer, fromText } from "../../../graph/bytes.ts";
import { entriesOf } from "../cli/stages.ts";
import { context } from "../emit/context.ts";
import { type Entry, makeReadOnly, temporaryDirectory, writeEntries } from "../emit/temporary.ts";
import { type Attributes, scripts, shell } from "./attributes.ts";
import { runScript } from "./step-run.ts";

const hasTools = ["ninja", "cc", "ar"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

const project: Readonly<Record<string, Entry>> = {
  "main.c": '#include "greet.h"\n#include "table.h"\nint main(void) { return greet(TABLE) - 3; }\n',
  "lib/greet.c": '#include "greet.h"\n#include "deep/number.h"\nint greet(int x) { return x + NUMBER; }\n',
  "lib/it's \xe9.c": '#include "greet.h"\nint other(void) { return 1; }\n',
  "include/greet.h": "int greet(int x);\n",
  "include/deep/number.h": "#define NUMBER 1\n",
  "include/unused.h": "",
  "tools/table.c":
    '#include "limits.gen.h"\nint puts(const char *);\nint main(void) { puts("#define TABLE 2"); return LIMIT - 4; }\n',
  "tools/join.sh": {
    program: '#!/bin/sh\nset -e\nout=$1; shift\ncat "$(dirname "$0")/head.txt" "$@" > "$out"\n',
  },
  "tools/head.txt": "head\n",
  "data/a.txt": "a\n",
  "data/b.txt": "b \xff\n",
  "build/build.ninja": `rule cc
  command = cc $flags -nostdinc -fPIC -I../include -Igen -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  description = CC $out
rule ar
  command = rm -f $out && ar crsDT $out $in
rule link
  command = cc -o $out @$out.rsp -Wl,-rpath,'$$ORIGIN'
  rspfile = $out.rsp
  rspfile_content = $in
rule shared
  command = cc -shared -Wl,-soname,$soname -o $out $in
rule ln
  command = ln -sf $$(basename $in) $out
rule links
  command = ln -sf $$(basename $in) libv.so.1 && ln -sf libv.so.1 libv.so
rule run
  command = ./$in > $out
rule join
  command = ../tools/join.sh $out $in && printf x > $out.log
rule text
  command = echo '$text' > $out

build gen/limits.gen.h: text
  text = #define LIMIT 4
build table.o: cc ../tools/table.c || gen/limits.gen.h
build lib/greet.o: cc ../lib/greet.c
build lib/other.o: cc ../lib/it's$ \xe9.c
build libgreet.so.1: shared lib/greet.o
  soname = libgreet.so.1
build libgreet.so: ln libgreet.so.1
build libother.a: ar lib/other.o
build table: link table.o libother.a
build gen/table.h: run table
build main.o: cc ../main.c || gen/table.h
  flags = -g -gsplit-dwarf
build app: link main.o libgreet.so libother.a
build data$ all.txt | data$ all.txt.log: join ../data/a.txt ../data/b.txt | ../tools/head.txt
build libv.so.1.2: shared lib/greet.o
  soname = libv.so.1
build libv.so.1 libv.so: links libv.so.1.2
build version: link table.o libv.so.1.2 || libv.so
build version.txt: run version || version libv.so
build checked: phony app
build status.txt: text || checked
  text = it is fine
default app data$ all.txt status.txt version.txt
`,
};

interface Machine {
  readonly store: string;
  readonly source: string;
  readonly work: string;
  /** Derivation -> where its outputs are. */
  readonly built: Map<string, ReadonlyMap<string, string>>;
  runs: number;
}

/** Runs the derivations of a plan; the directory that the root made. */
function build(machine: Machine, plan: Plan): string {
  const layer = openTree([machine.source]);
  const { objects, root } = derive(plan, contextOf(machine), (path) => layer.nodeAt(path));
  let result = "";
  const places = new Map<string, string>();
  for (const { object } of objects) {
    if (object.method === "nar") {
      if (!machine.built.has(object.path)) writeNode(object.node, Buffer.from(object.path));
      machine.built.set(object.path, new Map());
      continue;
    }
    const text = fromBuffer(Buffer.from(bytesOfContents(object.contents)));
    const derivation = parseDerivation(text, asBytes(object.name.slice(0, -4)), {
      storeDir: fromText(machine.store),
    });
    const outputs = machine.built.get(object.path) ?? run(machine, derivation, object.path, places);
    machine.built.set(object.path, outputs);
    for (const [output, path] of outputs) places.set(inputPlaceholder(object.path, [asBytes(output)]), path);
    if (object.path === root) result = outputs.get("out") ?? "";
  }
  return result;
}

function contextOf({ store }: Machine): typeof context {
  const path = (name: string): Bytes => fromText(`${store}/${"0".repeat(32)}-${name}`);
  return {
    ...context,
    storeDir: fromText(store),
    environment: path("environment"),
    shell: asBytes(`${path("bash")}/bin/bash`),
    stepScript: path("step.sh"),
    interfaceScript: path("interface.sh"),
    rootScript: path("root.sh"),
    known: new Map(),
  };
}

function run(
  machine: Machine,
  derivation: Derivation,
  path: Bytes,
  places: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  machine.runs++;
  const outputs = new Map(
    [...derivation.outputs.keys()].map((output): [string, string] => [output, `${path}-${output}`]),
  );
  const attributes: Attributes = {
    ...Object.fromEntries(
      [...(derivation.structuredAttrs ?? [])].map(([key, value]) => [key, resolved(value, places)]),
    ),
    outputs,
  };
  const script = derivation.args[0]?.endsWith("root.sh") === true ? "root.sh" : "step.sh";
  rmSync(join(machine.work, "sandbox"), { recursive: true, force: true });
  const { code, err } = runScript(script, attributes, machine.work);
  expect([derivation.name, code, err]).toEqual([derivation.name, 0, ""]);
  for (const output of outputs.values()) if (!output.endsWith("-done")) makeReadOnly(output);
  return outputs;
}

function resolved(value: JsonValue, places: ReadonlyMap<string, string>): string | readonly string[] {
  const one = (text: JsonValue): string => {
    if (typeof text !== "string") throw new Error("not a text");
    return places.get(text) ?? text;
  };
  return Array.isArray(value) ? value.map(one) : one(value);
}

describe.skipIf(!hasTools)("a build without Nix", () => {
  it("makes what ninja makes, in as many phases as headers need", () => {
    const work = temporaryDirectory();
    // The same place for both: `cc` writes paths into what it makes.
    const root = join(work, "sandbox/source");
    mkdirSync(root, { recursive: true });
    writeEntries(root, project);
    const source = join(work, "source");
    mkdirSync(source);
    writeEntries(source, project);
    execFileSync("ninja", ["-C", join(root, "build"), "-j2"], { stdio: "pipe" });
    const expected = entriesOf(join(root, "build"));

    const store = join(work, "store");
    mkdirSync(store);
    const zeros = "0".repeat(32);
    writeEntries(store, {
      [`${zeros}-environment/environment.sh`]: `export PATH=${process.env["PATH"]}
`,
      [`${zeros}-bash/bin/bash`]: { link: shell },
      [`${zeros}-interface.sh`]: { link: join(scripts, "interface.sh") },
    });
    const machine: Machine = { store, source, work, built: new Map(), runs: 0 };
    const settings = {
      name: asBytes("p"),
      frontend: "ninja" as const,
      root: fromText(root),
      buildDirectory: asBytes("build"),
      targets: [],
      extraInputs: [],
    };
    const generated: string[] = [];
    const phases: number[] = [];
    let plan = planTree(settings, [source], generated);
    for (; !plan.isComplete; plan = planTree(settings, [source], generated)) {
      phases.push(plan.steps.length);
      const made = build(machine, plan);
      const scanned = join(work, `generated-${generated.length}`);
      writeScannable(made, scanned);
      generated.push(scanned);
    }
    const result = entriesOf(join(build(machine, plan), "build"));

    // gen/limits.gen.h, then all that gen/table.h takes; each step once, and a root per phase.
    expect(phases).toEqual([1, 6]);
    expect(machine.runs).toBe(plan.steps.length + phases.length + 1);
    for (const [path, contents] of Object.entries(result))
      expect([path, contents]).toEqual([path, expected[path]]);
    const other = Object.keys(expected).filter((path) => result[path] === undefined);
    // Ninja leaves objects and depfiles; nothing else.
    expect(other.filter((path) => !/\.(o|d|rsp|ninja)$|^\.ninja_/.test(path))).toEqual([]);
    expect(Object.keys(result).sort()).toEqual([
      "app",
      "data all.txt",
      "data all.txt.log",
      "gen/limits.gen.h",
      "gen/table.h",
      "libgreet.so",
      "libgreet.so.1",
      "libother.a",
      "libv.so",
      "libv.so.1",
      "libv.so.1.2",
      "main.dwo",
      "status.txt",
      "table",
      "version",
      "version.txt",
    ]);
  });
});
