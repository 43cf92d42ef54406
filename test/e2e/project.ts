// Tests of a real project: the package through unravel beside the same project through ninja, in the same sandbox
// with the same stdenv. Bytes, what compilers read, and what edits run. Numbers go to .cache/reports/.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type BuildResult,
  type BuildStore,
  cacheDirectory,
  countOf,
  makeBuildStore,
  projectDirectory,
} from "./build-store.ts";
import { compareDeclared, type DeclaredAndRead, declaredInputs, parseNinjaDeps } from "./declared-inputs.ts";
import { compareTrees, copySource, readTree } from "./file-tree.ts";

const minutes = 60_000;

export interface ProjectEdit {
  readonly name: string;
  readonly file: string;
  /** Occurs once. */
  readonly search: string;
  readonly replace: string;
  /** Commands that run for it. */
  readonly steps: number;
  /** Commands that ninja runs for it. */
  readonly ninja: number;
  /** Configure runs: the file is not of the C family, and configure may read it. */
  readonly configures?: boolean;
  /** Files that ninja leaves as they were, although what they are made from has changed. */
  readonly stale?: readonly string[];
}

export interface Project {
  readonly name: string;
  /** Attributes of unravel.ninja but `pname` and `src`, in Nix; `e2e` is in scope, and the set is recursive. */
  readonly attributes: string;
  /** Names among the attributes that the ordinary build gets as well. */
  readonly shared: readonly string[];
  /** What ninja builds; the graph's defaults unless given. */
  readonly targets?: readonly string[];
  readonly edits: readonly ProjectEdit[];
  /** Puts the source there; Debian's source of that name, by default. */
  readonly fetch?: (directory: string) => void;
  /** Files that compilers write beside objects, and no edge declares. */
  readonly beside?: readonly string[];
  /** Files in which compilers write something random. */
  readonly random?: readonly string[];
  /** Not of the C family: the skeleton that configure runs on has the sources whole. */
  readonly showsBodies?: boolean;
  /** Of the package; "out" alone unless given. */
  readonly outputs?: readonly string[];
  /** Files of the package whose bytes hold its own path, one of its outputs'. */
  readonly ownPath: readonly string[];
  /** The project's own tests: attributes that run them, and what the log then has. */
  readonly check?: { readonly attributes: string; readonly log: RegExp };
  /** How long both builds may take, in minutes; 20 unless given. */
  readonly minutes?: number;
  /** Looks at the package, or runs it. */
  readonly use: (result: { readonly store: BuildStore; readonly path: string }) => Promise<void>;
}

/** Copies the upstream source of a Debian package. */
export function fetchDebian(name: string, directory: string, options: readonly string[] = []): void {
  const script = join(projectDirectory, "scripts/fetch-source.sh");
  const fetched = execFileSync(script, [...options, name], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  copySource(fetched.trim(), directory);
}

/** Runs `script` in a derivation, with the package's programs in PATH; its output. */
export async function runWith(
  store: BuildStore,
  path: string,
  script: string,
  inputs: readonly string[] = [],
): Promise<string> {
  const tools = inputs.map((input) => `e2e.${input}`).join(" ");
  const expression = `{
  ran = e2e.runCommand "ran" { package = builtins.storePath ${path}; nativeBuildInputs = [ ${tools} ]; } ''
    PATH=$package/bin:$PATH
    ${script.replace(/^[ ]+/gm, "")}
  '';
}`;
  const { paths } = await store.mustBuild(expression, ["ran"]);
  return readFileSync(store.physical(paths[0] ?? ""), "latin1");
}

/** Registers the tests of a project; call it inside `describe`. */
export function testProject(project: Project): void {
  let store: BuildStore;
  let cold: BuildResult;
  let oracle: BuildResult;
  let ninjaDirectory: string;
  let declared: DeclaredAndRead | undefined;
  const counted: [name: string, steps: number, ninja: number][] = [];
  const numbers: string[] = [];
  const limit = (project.minutes ?? 20) * minutes;

  const tree = (index: number | undefined): string => (index === undefined ? "source" : `edit${index}`);
  const read = (): ReadonlyMap<string, readonly string[]> =>
    parseNinjaDeps(readFileSync(join(ninjaDirectory, "deps"), "latin1"), "build");
  const build = (
    attributes: readonly string[],
    edit?: number,
    wanted: readonly string[] = [],
  ): Promise<BuildResult> => store.mustBuild(expressionOf(project, tree(edit), wanted), attributes);

  beforeAll(async () => {
    store = await makeBuildStore();
    const source = join(store.directory, "source");
    if (project.fetch === undefined) fetchDebian(project.name, source);
    else project.fetch(source);
    for (const [index, edit] of project.edits.entries()) {
      const edited = join(store.directory, tree(index));
      copySource(source, edited);
      const file = join(edited, edit.file);
      const parts = readFileSync(file, "latin1").split(edit.search);
      if (parts.length !== 2) throw new Error(`"${edit.search}" occurs ${parts.length - 1} times in ${file}`);
      writeFileSync(file, parts.join(edit.replace), "latin1");
    }
    // What both need is there when the clock starts.
    await build(["tools"]);
    cold = await build(["package"]);
    oracle = await build(["oracle"]);
    ninjaDirectory = store.physical(oracle.paths[0] ?? "");
    const ninja = readFileSync(join(ninjaDirectory, "time"), "utf8").trim().split(" ").map(Number);
    const [wall = 0, user = 0, system = 0] = ninja;
    const whole = wholeTimes(readFileSync(join(ninjaDirectory, "marks"), "latin1"));
    numbers.push(
      `${countOf(cold, "step")} steps, ${cold.built.length} derivations; unravel ${cold.seconds.toFixed(1)} s wall, ` +
        `${cold.cpuSeconds.toFixed(1)} s CPU; ninja ${wall.toFixed(1)} s wall, ${(user + system).toFixed(1)} s CPU; ` +
        `unpacking, configuring, ninja and installing ${whole.wall.toFixed(1)} s wall, ${whole.cpu.toFixed(1)} s CPU`,
    );
  }, limit);

  afterAll(() => {
    const edits = counted.map(
      ([name, steps, ninja], index) => `edit ${index}, ${name}: ${steps} steps, ninja ${ninja}`,
    );
    const lines = [...numbers, ...edits, ...printDeclared(declared)].map(
      (line) => `${project.name}: ${line}\n`,
    );
    const directory = join(cacheDirectory, "reports");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `project-${project.name}.txt`), lines.join(""));
    process.stdout.write(lines.join(""));
    store?.remove();
  }, minutes);

  test("is built by one derivation per command that ninja runs", () => {
    const commands = /^\[(\d+)\/\1\]/m.exec(oracle.log)?.[1];
    expect(Number(commands)).toBeGreaterThan(0);
    expect(countOf(cold, "step")).toBe(Number(commands));
  });

  test("gives every step what its compiler reads", () => {
    const steps = cold.built
      .filter(({ stage }) => stage === "step")
      .map((step) => declaredInputs(store, step));
    declared = compareDeclared(steps, read());
    expect(declared.missing).toEqual([]);
    // nasm's units have none here: Meson lets it write empty ones.
    expect(declared.steps).toBe([...read().values()].filter((files) => files.length > 0).length);
    expect(declared.read).toBeGreaterThan(0);
  });

  test(
    "gives the files that ninja gives, objects too",
    async () => {
      const expected = readTree(join(ninjaDirectory, "tree"));
      const objects = [...read().keys()].map((path) => path.slice("build/".length));
      const targets = [...(project.targets ?? ["all"]), ...objects];
      const { paths } = await build(["root"], undefined, targets);
      const built = readTree(store.physical(paths[0] ?? ""));
      const compared = compareTrees(built, expected, { partial: true });
      expect(pathsOf(compared.differences)).toEqual(project.random ?? []);
      expect((project.beside ?? []).filter((path) => !built.has(path))).toEqual([]);
      expect(compared.compared).toBeGreaterThan(objects.length);
    },
    10 * minutes,
  );

  test("gives the package that ninja gives, but for the package's own path", async () => {
    const outputs = project.outputs ?? ["out"];
    const { paths } = await build(outputs.map((output) => `package.${output}`));
    const standIns = new Map(
      readFileSync(join(ninjaDirectory, "prefixes"), "latin1")
        .trim()
        .split(" ")
        .map((pair): [string, string] => [
          pair.slice(0, pair.indexOf("=")),
          pair.slice(pair.indexOf("=") + 1),
        ]),
    );
    const differing: string[] = [];
    for (const [index, output] of outputs.entries()) {
      const expected = readTree(join(ninjaDirectory, "installed", output));
      const actual = readTree(store.physical(paths[index] ?? ""));
      const plain = compareTrees(actual, expected);
      differing.push(...pathsOf(plain.differences));
      const normalised = compareTrees(actual, expected, {
        normalise: (bytes) =>
          outputs.reduce(
            (text, name, i) =>
              text.replaceAll((paths[i] ?? "").slice(11, 43), standIns.get(name)?.slice(11, 43) ?? ""),
            bytes,
          ),
      });
      expect(normalised.differences).toEqual([]);
      expect(normalised.compared).toBeGreaterThan(0);
    }
    expect(differing).toEqual(project.ownPath);
  });

  test("works", () => project.use({ store, path: cold.paths[0] ?? "" }), 5 * minutes);

  if (project.check !== undefined) {
    const { attributes, log } = project.check;
    test(
      "passes its own tests, run where they were built",
      async () => {
        const checked = { ...project, attributes: `${project.attributes} ${attributes}` };
        const result = await store.mustBuild(expressionOf(checked, "source", []), ["package"]);
        expect(result.log).toMatch(log);
        expect(countOf(result, "step")).toBe(0);
      },
      5 * minutes,
    );
  }

  test.each(project.edits.map((edit, index) => [edit.name, edit, index] as const))(
    "runs what an edit changes and leaves nothing stale: %s",
    async (name, edit, index) => {
      const after = join(ninjaDirectory, `edits/${index}`);
      const { built, paths } = await build(["package", "root"], index);
      const ninja = Number(readFileSync(join(after, "count"), "utf8"));
      counted.push([name, countOf({ built }, "step"), ninja]);
      const compared = compareTrees(readTree(store.physical(paths[1] ?? "")), readTree(join(after, "tree")), {
        partial: true,
      });
      expect(pathsOf(compared.differences)).toEqual(edit.stale ?? []);
      expect({ name, steps: countOf({ built }, "step"), ninja }).toEqual({
        name,
        steps: edit.steps,
        ninja: edit.ninja,
      });
      expect(countOf({ built }, "configured")).toBe(
        project.showsBodies === true || edit.configures === true ? 1 : 0,
      );
    },
    10 * minutes,
  );
}

/** What the ordinary package takes from its source to its installed files: all but the copy of the tree for the tests. */
function wholeTimes(marks: string): { readonly wall: number; readonly cpu: number } {
  const lines = marks.trim().split("\n");
  const secondsOf = (text: string): number =>
    [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
  const at = (mark: number): { wall: number; cpu: number } => {
    const [clock = "", own = "", others = ""] = lines.slice(3 * mark, 3 * mark + 3);
    const [begun = 0, now = 0] = clock.split(" ").map(Number);
    return { wall: now - begun, cpu: secondsOf(own) + secondsOf(others) };
  };
  const [built, copied, installed] = [at(1), at(2), at(3)];
  return { wall: built.wall + installed.wall - copied.wall, cpu: built.cpu + installed.cpu - copied.cpu };
}

function pathsOf(differences: readonly string[]): readonly string[] {
  return differences.map((line) => line.slice(0, line.indexOf(":")));
}

/** Attributes `package`, `root`, `oracle`, and `tools`, which is what both are built with. */
function expressionOf(project: Project, source: string, targets: readonly string[]): string {
  const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(" ");
  const edits = project.edits.map((_, index) => `./edit${index}`).join(" ");
  return `rec {
  arguments = rec {
    pname = ${JSON.stringify(project.name)};
    src = ./${source};
    targets = [ ${quoted(targets.length > 0 ? targets : (project.targets ?? []))} ];
    ${project.attributes}
  };
  package = e2e.unravel.ninja arguments;
  root = e2e.rootOf package;
  oracle = e2e.ninjaOracle {
    inherit package;
    inherit (arguments) ${project.shared.join(" ")};
    targets = [ ${quoted(project.targets ?? [])} ];
    edits = [ ${edits} ];
  };
  tools = e2e.runCommand "tools" { inherit (arguments) nativeBuildInputs; buildInputs = arguments.buildInputs or [ ]; } "echo > $out";
}`;
}

function printDeclared(declared: DeclaredAndRead | undefined): readonly string[] {
  if (declared === undefined) return [];
  const { steps, read, missing, unread } = declared;
  const most = [...unread].sort(([, a], [, b]) => b - a).slice(0, 10);
  return [
    `${steps} compile steps have ${declared.declared} files of the tree; compilers read ${read}; missing ${missing.length}`,
    ...most.map(([file, count]) => `${file} is an input that ${count} steps do not read`),
  ];
}
