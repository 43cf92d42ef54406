// The exact text of every npm/... error that comes after the lockfile is read, with its hint.

import { expect, it } from "vitest";
import { deriveNpm, planNpm } from "../../emit/npm/derive.ts";
import { planSolution } from "../../emit/npm/solution.ts";
import { planWorkspaces } from "../../emit/npm/workspaces.ts";
import { readShownConfig, solutionOf } from "../../generators/npm/tsconfig.ts";
import { asBytes } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import type { DirectoryLink, PackageSource, ProjectMember } from "../../graph/package-tree.ts";
import type { TypeScriptProject } from "../../graph/typescript-projects.ts";
import { npmTestContext } from "../npm/context.ts";
import { placed, sriOf, type TestPlace, treeOfPackages } from "../npm/trees.ts";

function printed(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.diagnostics
      .map(({ code, message, hint }) => `${message} [${code}]\n  hint: ${hint}`)
      .join("\n");
  }
  return "no error";
}

function errorOf(more: TestPlace, scripts: Readonly<Record<string, string>> = {}): string {
  return printed(() => {
    const choices = Object.entries(scripts).map(([name, command]) => ({
      package: asBytes(name),
      command: asBytes(command),
    }));
    const plan = planNpm(treeOfPackages([placed("node_modules/a", more)]), choices);
    deriveNpm(plan, npmTestContext, () => undefined);
  });
}

const tarball = (url: string, sri: string): PackageSource => ({
  kind: "tarball",
  url: asBytes(url),
  integrity: { algorithm: "sha512", sri: asBytes(sri) },
});

it("npm/bad-integrity", () => {
  expect(errorOf({ source: tarball("https://registry.test/a.tgz", "sha512-AAAA") })).toBe(
    '"node_modules/a" has the integrity "sha512-AAAA", which is no sha512 [npm/bad-integrity]\n' +
      "  hint: make the lockfile again with npm",
  );
});

it("npm/bad-url", () => {
  for (const url of ["ftp://registry.test/a.tgz", "https://registry.test/a b.tgz", "javascript:alert(1)"]) {
    expect(errorOf({ source: tarball(url, sriOf("a")) })).toBe(
      `"node_modules/a" is to be fetched from "${url}", which is no http or https address [npm/bad-url]\n` +
        "  hint: correct `resolved` in the lockfile, or leave it out so that the registry's address is used",
    );
  }
});

it("npm/git-source", () => {
  const commit = asBytes("0123456789012345678901234567890123456789");
  const source = { kind: "git", url: asBytes("https://git.test/a"), commit, directory: undefined } as const;
  expect(errorOf({ source })).toBe(
    `"node_modules/a" comes from git, and nobody gave "git+https://git.test/a#${commit}" [npm/git-source]\n` +
      "  hint: let Nix read the lockfile while it evaluates (src as a path), or give gitSources",
  );
});

it("npm/missing-file", () => {
  expect(errorOf({ source: { kind: "file", path: asBytes("a.tgz"), integrity: undefined } })).toBe(
    'the lockfile names "a.tgz", which is not in the project [npm/missing-file]\n' +
      "  hint: add the file, or install again with npm",
  );
});

it("npm/workspace-cycle", () => {
  const member = (location: string, dependency: string): ProjectMember => ({
    location: asBytes(location),
    name: asBytes(location),
    version: undefined,
    isWorkspace: true,
    bins: [],
    dependencies: [asBytes(`node_modules/${dependency}`)],
  });
  const link = (name: string): DirectoryLink => ({
    location: asBytes(`node_modules/${name}`),
    target: asBytes(name),
    text: asBytes(`../${name}`),
  });
  const tree = treeOfPackages([], {
    members: [member("a", "b"), member("b", "c"), member("c", "b")],
    links: [link("a"), link("b"), link("c")],
  });
  expect(printed(() => planWorkspaces(tree, asBytes("p"), asBytes("build"), () => true))).toBe(
    'workspaces depend on each other in a circle: "b" -> "c" -> "b" [npm/workspace-cycle]\n' +
      "  hint: build them together, with workspaces = false, or break the circle",
  );
});

it("npm/reference-cycle", () => {
  const project = (config: string, reference: string): TypeScriptProject => ({
    config: asBytes(config),
    files: [],
    settings: [],
    references: [asBytes(reference)],
  });
  const all = [project("a/tsconfig.json", "b/tsconfig.json"), project("b/tsconfig.json", "a/tsconfig.json")];
  expect(printed(() => planSolution(all, asBytes("p")))).toBe(
    'TypeScript projects refer to each other in a circle: "a/tsconfig.json" -> "b/tsconfig.json" -> "a/tsconfig.json" [npm/reference-cycle]\n' +
      "  hint: break the circle, which tsc -b refuses, too",
  );
});

it("npm/typescript", () => {
  const files = { paths: new Set([asBytes("tsconfig.json")]), read: () => "{}", links: new Map() };
  const shown = { isComposite: true, files: [], references: ["./lib"] };
  expect(printed(() => solutionOf(asBytes("tsconfig.json"), files, () => shown))).toBe(
    '"tsconfig.json": the reference "./lib" leads to no configuration [npm/typescript]\n' +
      "  hint: run `tsc -b` on it, which says more",
  );
  expect(printed(() => readShownConfig("error TS1: no", asBytes("tsconfig.json")))).toBe(
    '"tsconfig.json": tsc --showConfig gives no JSON [npm/typescript]\n' +
      "  hint: run `tsc -b` on it, which says more",
  );
});

it("npm/unknown-package", () => {
  expect(errorOf({}, { b: "true" })).toBe(
    'scripts names "b", which is not in the lockfile [npm/unknown-package]\n' +
      '  hint: name packages as in "esbuild", "esbuild@0.25.1" or "node_modules/esbuild"',
  );
});
