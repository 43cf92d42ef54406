// What runs on this machine, and what that leaves for the sandbox.

import { describe, expect, it } from "vitest";
import { inVariables } from "../../../cli/ninja/hint.ts";
import { hostEdgesOf, sandboxTargets } from "../../../cli/ninja/host-edges.ts";
import { placeInSandbox, settledIn } from "../../../cli/ninja/place.ts";
import { State } from "../../../cli/ninja/state.ts";
import { targetName, withTarget } from "../../../cli/ninja/target-graph.ts";
import type { NarNode } from "../../../emit/nar.ts";
import { loadNinja } from "../../../generators/ninja/load.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";

const manifest = `rule cc
  command = cc $in -o $out
rule term
  command = $tool
  pool = console
rule again
  command = configure
  generator = 1
rule clean
  command = /usr/bin/ninja $file -t clean
build a.o: cc a.c | made.h
build app: cc a.o || message
build made.h: term made.in
  tool = make-header
build made.in: term
  tool = make-input
build message: term
  tool = echo
build install: term app
  tool = install
build listed: phony read.txt
build read.txt: term
  tool = list
build b.o: cc b.c listed
build all: phony app b.o
build deploy: phony install all
build build.ninja: again configure
build clean: clean
`;

function stateOf(text: string): State {
  return new State(loadNinja(asBytes("build.ninja"), { readFile: () => asBytes(text) }));
}

describe("commands of this machine", () => {
  const state = stateOf(manifest);
  const isHost = hostEdgesOf(state);
  const edgeOf = (name: string) => {
    const edge = state.lookup(asBytes(name))?.inEdge;
    if (edge === undefined) throw new Error(name);
    return edge;
  };

  it("are generators, tools of ninja, and those of the console that make nothing for others", () => {
    const here = state.allEdges().filter(isHost);
    expect(here.map(({ outputs }) => outputs[0]?.path)).toEqual([
      "message",
      "install",
      "build.ninja",
      "clean",
    ]);
  });

  it("are not those of the console whose files a step of the sandbox reads, at first or second hand", () => {
    for (const name of ["made.h", "made.in", "read.txt"]) expect(isHost(edgeOf(name)), name).toBe(false);
  });

  it("leave to the sandbox what they read", () => {
    const targets = ["deploy"].flatMap((name) => state.lookup(asBytes(name)) ?? []);
    expect(sandboxTargets(targets, isHost).map(({ path }) => path)).toEqual(["app", "b.o"]);
  });

  it("become one target of the graph that is planned", () => {
    const graph = withTarget(state.manifest, [asBytes("app"), asBytes("b.o")]);
    const target = graph.fileNamed(targetName);
    if (target === undefined) throw new Error("no target");
    const step = graph.producerOf(target);
    expect([...(step?.inputs ?? [])].map((file) => graph.files[file])).toEqual(["app", "b.o"]);
    expect(step?.isPhony).toBe(true);
    expect(graph.fileNamed(asBytes("app"))).toBe(state.manifest.fileNamed(asBytes("app")));
  });
});

describe("the place in the sandbox", () => {
  it("is as long as the place of the checkout, wherever a sandbox lets one write", () => {
    expect(placeInSandbox(asBytes("/data/somebody/code/project"))).toBe("/build/source______________");
    expect(placeInSandbox(asBytes("/src/proj"))).toBe("/build/so");
    expect(placeInSandbox(asBytes("/tmp/cm"))).toBe("/tmp/so");
    expect(placeInSandbox(asBytes("/src"))).toBe("/build/source");
  });

  it("is replaced in files and links by the place of the checkout", () => {
    const [place, root] = [asBytes("/build/so"), asBytes("/src/proj")];
    const file = (contents: string) =>
      ({ kind: "file", executable: true, contents: Buffer.from(contents, "latin1") }) as const;
    const settle = settledIn(place, root);
    const directory = (app: string, target: string): NarNode => ({
      kind: "directory",
      entries: new Map<Bytes, NarNode>([
        [asBytes("app"), file(app)],
        [asBytes("link"), { kind: "symlink", target: asBytes(target) }],
      ]),
    });
    const made = directory("\x7fELF\0/build/so/lib:/build/so\0/build/source\0\xff", "/build/so/app");
    const settled = directory("\x7fELF\0/src/proj/lib:/src/proj\0/build/source\0\xff", "/src/proj/app");
    expect(settle(made)).toEqual(settled);
  });
});

describe("hints", () => {
  it("name variables where `unravel` has options", () => {
    expect(inVariables("name a toolchain with --toolchain FILE.json")).toBe(
      "name a toolchain with UNRAVEL_TOOLCHAIN=FILE.json",
    );
    expect(inVariables("see --extra-inputs and --root")).toBe("see UNRAVEL_EXTRA_INPUTS and UNRAVEL_ROOT");
  });
});
