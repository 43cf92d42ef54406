// The rules of the code base that a compiler does not know: who may import whom, what is pure, and that every error
// code is documented and pinned by a test.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";

const project: string = dirname(import.meta.dirname);
const skipped = new Set([".cache", ".git", "cases", "dist", "golden", "node_modules", "samples"]);

/** Paths below a folder, relative to the project, sorted. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (skipped.has(entry.name)) return [];
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

const allFiles = filesBelow(".");
const textOf = (path: string): string => readFileSync(join(project, path), "utf8");
const sources: ReadonlyMap<string, string> = new Map(
  allFiles.filter((path) => path.endsWith(".ts")).map((path) => [path, textOf(path)]),
);

interface Import {
  readonly from: string;
  /** Gone when the program runs. */
  readonly isType: boolean;
  /** As written. */
  readonly name: string;
  /** The imported file, relative to the project; `undefined` for a package. */
  readonly target: string | undefined;
}

const importPatterns = [
  /^(?:import|export)\s[^;"'()=]*?\bfrom\s+"([^"]+)"/gm,
  /^import\s+"([^"]+)"/gm,
  /\bimport\(\s*"([^"]+)"/g,
];

function importsOf(from: string, text: string): readonly Import[] {
  return importPatterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([statement, name = ""]) => ({
      from,
      isType: /^(?:import|export) type\b/.test(statement),
      name,
      target: name.startsWith(".") ? posix.join(posix.dirname(from), name) : undefined,
    })),
  );
}

const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));

/** Text without comments: a rule about code must not trip over prose. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

/** "generators/ninja", "emit/sink", "graph" ...: the parts that the arrows are about. */
function areaOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  if (top === "generators") return path.split("/").length > 2 ? `generators/${second}` : "generators";
  if (path.startsWith("emit/sink/")) return "emit/sink";
  return path.includes("/") ? top : "";
}

/** What files of an area may import besides their own area; `undefined` is everything. */
function reachOf(area: string): readonly string[] | undefined {
  if (area === "graph") return [];
  if (area.startsWith("generators")) return ["graph"];
  if (area === "emit") return ["graph"];
  if (area === "emit/sink") return ["graph", "emit"];
  return undefined;
}

/** Modules of Node that only compute. */
const pureModules = new Set(["node:buffer", "node:crypto", "node:zlib"]);
/** pnpm's directory names end in hashes, and vendored directories are called by those of their sources. */
const hashing = new Set(["emit", "generators/cargo", "generators/npm"]);
const packages: ReadonlyMap<string, readonly string[]> = new Map([
  ["cli", ["commander", "@npmcli", "npm-packlist"]],
  ["generators/cargo", ["toml"]],
  ["generators/npm", ["yaml"]],
  ["scripts", ["esbuild"]],
  ["bench", ["tinybench"]],
  ["test", ["vitest", "fast-check", "esbuild"]],
  ["", ["vitest"]],
]);

function wrongArrow({ from, name, target }: Import): string | undefined {
  const area = areaOf(from);
  const reach = reachOf(area);
  const arrow = `${from} imports ${name}`;
  if (target === undefined) {
    if (!name.startsWith("node:")) {
      const owner = name.split("/")[0] ?? name;
      return packages.get(area)?.includes(owner) ? undefined : arrow;
    }
    if (reach === undefined || area === "emit/sink") return undefined;
    return hashing.has(area) && pureModules.has(name) ? undefined : arrow;
  }
  const to = areaOf(target);
  if (to === area) return undefined;
  if (reach !== undefined) return reach.includes(to) ? undefined : arrow;
  const isTool = ["test", "bench", "scripts"].includes(area);
  return isTool || !["test", "bench", "scripts"].includes(to) ? undefined : arrow;
}

describe("imports", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(new Set(imports.map(({ from }) => areaOf(from)))).toEqual(
      new Set(
        [...new Set([...sources.keys()].map(areaOf))].filter((area) =>
          imports.some((i) => areaOf(i.from) === area),
        ),
      ),
    );
  });

  it("follow the arrows: generators and emit see graph alone, and only the command line sees all", () => {
    expect(imports.flatMap((found) => wrongArrow(found) ?? [])).toEqual([]);
  });

  it("would be refused when an arrow is wrong", () => {
    const refused = (from: string, name: string): boolean =>
      importsOf(from, `import { x } from "${name}";`).some((found) => wrongArrow(found) !== undefined);
    expect(refused("emit/derive.ts", "../generators/ninja/load.ts")).toBe(true);
    expect(refused("generators/ninja/load.ts", "../../emit/nar.ts")).toBe(true);
    expect(refused("generators/ninja/load.ts", "../make/load.ts")).toBe(true);
    expect(refused("generators/ninja/load.ts", "node:fs")).toBe(true);
    expect(refused("graph/graph.ts", "../emit/nar.ts")).toBe(true);
    expect(refused("graph/graph.ts", "node:crypto")).toBe(true);
    expect(refused("emit/derive.ts", "./sink/cache.ts")).toBe(true);
    expect(refused("emit/plan/plan.ts", "node:fs")).toBe(true);
    expect(refused("emit/sink/cache.ts", "../../cli/run.ts")).toBe(true);
    expect(refused("emit/nar.ts", "left-pad")).toBe(true);
    expect(refused("cli/run.ts", "../test/e2e/real-nix.ts")).toBe(true);
    expect(refused("emit/sink/cache.ts", "node:fs")).toBe(false);
    expect(refused("emit/derive.ts", "../graph/graph.ts")).toBe(false);
    expect(refused("cli/run.ts", "../emit/nar.ts")).toBe(false);
  });

  it("name files that exist, with their ending", () => {
    const wrong = imports.filter(
      ({ name, target }) => target !== undefined && !(name.endsWith(".ts") && sources.has(target)),
    );
    expect(wrong.map(({ from, name }) => `${from} imports ${name}`)).toEqual([]);
  });

  it("make no circle when the program runs, of files or of folders that lie side by side", () => {
    const running = imports.flatMap(({ from, target, isType }): (readonly [string, string])[] =>
      target === undefined || isType ? [] : [[from, target]],
    );
    expect(circlesOf(edgesOf(running))).toEqual([]);
    const folders = running
      .filter(([from]) => !from.startsWith("test/"))
      .flatMap(([from, to]) => siblingsOf(posix.dirname(from), posix.dirname(to)));
    expect(circlesOf(edgesOf(folders))).toEqual([]);
    const circle = [
      ["a", "b"],
      ["b", "c"],
      ["c", "b"],
    ];
    expect(circlesOf(edgesOf(circle))).toEqual(["b -> c -> b"]);
  });
});

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

function edgesOf(pairs: Iterable<readonly string[]>): Edges {
  const edges = new Map<string, Set<string>>();
  for (const [from = "", to = ""] of pairs) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  return edges;
}

/** The folders below the nearest common one: what an import says about how folders depend on each other. */
function siblingsOf(from: string, to: string): readonly (readonly string[])[] {
  const [a, b] = [from.split("/"), to.split("/")];
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth++;
  if (depth === a.length || depth === b.length) return [];
  return [[a.slice(0, depth + 1).join("/"), b.slice(0, depth + 1).join("/")]];
}

/** Every way that leads back to where it began, written once. */
function circlesOf(edges: Edges): readonly string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (node: string, way: readonly string[]): void => {
    const start = way.indexOf(node);
    if (start >= 0) circles.push([...way.slice(start), node].join(" -> "));
    if (start >= 0 || done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...way, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return circles;
}

describe("source files", () => {
  const commented = allFiles.filter((path) => /\.(ts|mjs|nix|sh)$/.test(path));

  it("say in their first line what they are", () => {
    const silent = commented.filter((path) => !/^(#!.*\n)?(#|\/\/|\/\*)/.test(textOf(path)));
    expect(silent).toEqual([]);
  });

  it("have no default exports, unless a tool asks for one", () => {
    const allowed = new Set(["vitest.config.ts"]);
    const found = [...sources].filter(
      ([path, text]) => !allowed.has(path) && /^export default\b/m.test(text),
    );
    expect(found.map(([path]) => path)).toEqual([]);
  });

  it("stay short, unless there is a reason", () => {
    const long = [...sources].flatMap(([path, text]) => {
      const lines = text.split("\n").length - 1;
      // A test file is a list of cases: nobody reads it from the top.
      const limit = path.startsWith("test/") ? 600 : 400;
      return lines > limit && !longFiles.has(path) ? [`${path}: ${lines} lines`] : [];
    });
    expect(long).toEqual([]);
    expect([...longFiles.keys()].filter((path) => !sources.has(path))).toEqual([]);
  });

  it("are pure below cli and emit/sink: no clock, no environment, no terminal, no chance", () => {
    const impure =
      /\b(?:process|console|performance|globalThis)\.|\bDate\.now\b|\bnew Date\b|\bMath\.random\b|\bfetch\(|\bset(?:Timeout|Interval)\(/;
    const found = [...sources].flatMap(([path, text]) => {
      if (!/^(graph|generators|emit)\//.test(path) || path.startsWith("emit/sink/")) return [];
      const match = impure.exec(codeOf(text));
      return match === null ? [] : [`${path}: ${match[0]}`];
    });
    expect(found).toEqual([]);
  });

  it("name no machine and no package registry", () => {
    const forbidden = new RegExp(
      [`/${"work"}/`, `/${"home"}/[a-z]`, `${"registry"}\\.npmjs`, `deb\\.${"debian"}\\.org`].join("|"),
    );
    const found = allFiles.filter((path) => forbidden.test(textOf(path)));
    expect(found).toEqual([]);
  });
});

/** Longer files, each with the reason why it is one. */
const longFiles: ReadonlyMap<string, string> = new Map([]);

describe("error codes", () => {
  const codes = [...textOf("graph/codes.ts").matchAll(/"([a-z]+\/[a-z0-9-]+)"/g)].map(
    ([, code = ""]) => code,
  );
  const shellCodes = allFiles
    .filter((path) => /^(scripts\/|templates\/builder\/|demo$|run-tests$)/.test(path))
    .flatMap((path) => [
      ...textOf(path).matchAll(
        path.startsWith("templates/")
          ? /\[((?:kernel|make)\/[a-z-]+)\]/g
          : /(?:fail |\[)((?:setup|demo|cli)\/[a-z-]+)/g,
      ),
    ])
    .map(([, code = ""]) => code);
  const rows = new Set(
    [...textOf("docs/errors.md").matchAll(/^\| `([a-z]+\/[a-z0-9-]+)` \|/gm)].map(([, code]) => code),
  );

  it("are found at all", () => {
    expect(codes).toContain("ninja/unknown-rule");
    expect(shellCodes).toContain("setup/network");
  });

  it("are listed once each", () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it("have a row in docs/errors.md, which has no other rows", () => {
    const known = new Set([...codes, ...shellCodes]);
    expect([...known].filter((code) => !rows.has(code))).toEqual([]);
    expect([...rows].filter((code) => code !== undefined && !known.has(code))).toEqual([]);
  });

  it("are reported by the code", () => {
    const code = [...sources].filter(
      ([path]) => /^(cli|emit|generators|graph)\//.test(path) && path !== "graph/codes.ts",
    );
    expect(codes.filter((name) => !code.some(([, text]) => text.includes(`"${name}"`)))).toEqual([]);
  });

  it("are named by a test, which pins their text", () => {
    const tests = [...sources]
      .filter(([path]) => path.startsWith("test/") && path !== "test/architecture.test.ts")
      .map(([, text]) => text);
    const builders = shellCodes.filter((name) => /^(kernel|make)\//.test(name));
    expect(builders).toEqual(["kernel/config", "make/shell", "make/long-line"]);
    expect([...codes, ...builders].filter((name) => !tests.some((text) => text.includes(name)))).toEqual([]);
  });
});
