// Tests of a Make project: the package through unravel beside the same project through make, in the same sandbox with
// the same stdenv. Bytes, what is installed, and what edits run. Numbers go to .cache/reports/.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BuildResult, type BuildStore, cacheDirectory, countOf, makeBuildStore } from "./build-store.ts";
import { compareTrees, copySource, readTree, type TreeEntry } from "./file-tree.ts";
import { fetchDebian } from "./project.ts";

const minutes = 60_000;

export interface MakeEdit {
  readonly name: string;
  readonly file: string;
  /** Occurs once. */
  readonly search: string;
  readonly replace: string;
  /** Derivations of steps that are built for it. */
  readonly steps: number;
  /** Files that make makes for it. */
  readonly make: number;
}

export interface MakeProject {
  readonly name: string;
  /** Debian's source package, when it is called otherwise. */
  readonly source?: string;
  /** Attributes of unravel.make but `pname` and `src`, in Nix; `e2e` is in scope, and the set is recursive. */
  readonly attributes: string;
  /** Names among the attributes that the ordinary build gets as well. */
  readonly shared: readonly string[];
  readonly edits: readonly MakeEdit[];
  /** Steps of a build from nothing. */
  readonly steps: number;
  /** Files that both have and that differ, each with a reason in the test. */
  readonly differing?: readonly string[];
  /** Files of steps that make does not leave: what it made in between and removed. */
  readonly between?: RegExp;
  /** Files of the package whose bytes hold its own path. */
  readonly ownPath: readonly string[];
  /** Looks at the package, or runs it. */
  readonly use: (result: { readonly store: BuildStore; readonly path: string }) => Promise<void>;
}

/** Registers the tests of a project; call it inside `describe`. */
export function testMakeProject(project: MakeProject): void {
  let store: BuildStore;
  let cold: BuildResult;
  let makeDirectory: string;
  const numbers: string[] = [];

  const tree = (index: number | undefined): string => (index === undefined ? "source" : `edit${index}`);
  const build = (attributes: readonly string[], edit?: number): Promise<BuildResult> =>
    store.mustBuild(expressionOf(project, tree(edit)), attributes);

  beforeAll(async () => {
    store = await makeBuildStore();
    const source = join(store.directory, "source");
    fetchDebian(project.source ?? project.name, source);
    for (const [index, edit] of project.edits.entries()) {
      const edited = join(store.directory, tree(index));
      copySource(source, edited);
      const file = join(edited, edit.file);
      const parts = readFileSync(file, "latin1").split(edit.search);
      if (parts.length !== 2) throw new Error(`"${edit.search}" occurs ${parts.length - 1} times in ${file}`);
      writeFileSync(file, parts.join(edit.replace), "latin1");
    }
    // What both need is there when the clock starts: configuring is not make's work.
    await build(["configured"]);
    cold = await build(["package", "root"]);
    const oracle = await build(["oracle"]);
    makeDirectory = store.physical(oracle.paths[0] ?? "");
    const [wall = 0, user = 0, system = 0] = read("time").split(" ").map(Number);
    numbers.push(
      `${countOf(cold, "step")} steps, ${cold.built.length} derivations; unravel ${cold.seconds.toFixed(1)} s wall, ` +
        `${cold.cpuSeconds.toFixed(1)} s CPU; make -j2 ${wall.toFixed(1)} s wall, ${(user + system).toFixed(1)} s CPU, ` +
        `${read("made")} files`,
    );
  }, 20 * minutes);

  const read = (file: string): string => readFileSync(join(makeDirectory, file), "utf8").trim();

  afterAll(() => {
    const lines = numbers.map((line) => `${project.name}: ${line}\n`);
    const directory = join(cacheDirectory, "reports");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `make-${project.name}.txt`), lines.join(""));
    process.stdout.write(lines.join(""));
    store?.remove();
  }, minutes);

  /** Made files against make's: names that only we have are files that make removed again. */
  const differences = (
    ours: string,
    theirs: string,
  ): { compared: number; differences: readonly string[] } => {
    const expected = readTree(theirs);
    const made = new Map(
      [...readTree(ours)].filter(
        ([path, entry]: [string, TreeEntry]) =>
          entry.kind !== "directory" && !path.startsWith(".unravel/") && project.between?.test(path) !== true,
      ),
    );
    const compared = compareTrees(made, expected, { partial: true });
    return {
      compared: compared.compared,
      differences: compared.differences.filter(
        (line) => !(project.differing ?? []).includes(line.slice(0, line.indexOf(":"))),
      ),
    };
  };

  test("is built by a derivation per recipe", () => {
    expect(countOf(cold, "step")).toBe(project.steps);
  });

  test("gives the files that make gives", () => {
    const compared = differences(store.physical(cold.paths[1] ?? ""), join(makeDirectory, "tree"));
    expect(compared.differences).toEqual([]);
    expect(compared.compared).toBeGreaterThan(project.steps / 2);
  });

  test("makes everything that make makes", () => {
    const ours = readTree(store.physical(cold.paths[1] ?? ""), { contents: false });
    const missing = [...readTree(join(makeDirectory, "tree"), { contents: false }).keys()].filter(
      (path) => /\.(o|lo|a|la|so)$|\.so\./.test(path) && !ours.has(path),
    );
    expect(missing).toEqual([]);
  });

  test("installs what make installs, but for the package's own path", () => {
    const path = cold.paths[0] ?? "";
    const expected = readTree(join(makeDirectory, "installed/out"));
    const actual = readTree(store.physical(path));
    const standIn = read("prefix");
    const plain = compareTrees(actual, expected);
    expect(plain.differences.map((line) => line.slice(0, line.indexOf(":")))).toEqual(project.ownPath);
    const normalised = compareTrees(actual, expected, {
      normalise: (bytes) => bytes.replaceAll(path.slice(11, 43), standIn.slice(11, 43)),
    });
    expect(normalised.differences).toEqual([]);
    expect(normalised.compared).toBeGreaterThan(0);
  });

  test("works", () => project.use({ store, path: cold.paths[0] ?? "" }), 5 * minutes);

  test.each(project.edits.map((edit, index) => [edit.name, edit, index] as const))(
    "runs what an edit changes and leaves nothing stale: %s",
    async (name, edit, index) => {
      const after = join(makeDirectory, `edits/${index}`);
      const { built, paths, seconds } = await build(["root"], index);
      const make = Number(readFileSync(join(after, "count"), "utf8"));
      const steps = countOf({ built }, "step");
      numbers.push(`edit ${index}, ${name}: ${steps} steps (${seconds.toFixed(1)} s), make ${make} files`);
      expect(differences(store.physical(paths[0] ?? ""), join(after, "tree")).differences).toEqual([]);
      expect({ name, steps, make }).toEqual({ name, steps: edit.steps, make: edit.make });
      expect(countOf({ built }, "configured")).toBe(0);
    },
    10 * minutes,
  );
}

/** Attributes `package`, `root`, `oracle`, and `configured`, which is there before the clock starts. */
function expressionOf(project: MakeProject, source: string): string {
  const edits = project.edits.map((_, index) => `./edit${index}`).join(" ");
  return `rec {
  arguments = rec {
    pname = ${JSON.stringify(project.name)};
    src = ./${source};
    ${project.attributes}
  };
  package = e2e.unravel.make arguments;
  root = e2e.rootOf package;
  configured = package.configured;
  oracle = e2e.makeOracle {
    inherit package;
    inherit (arguments) ${project.shared.join(" ")};
    edits = [ ${edits} ];
  };
}`;
}
