// Predicted trees beside what pnpm and yarn were seen to install (scripts/make-package-goldens.mjs).

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPackageTree } from "../../cli/npm/load-tree.ts";
import { readProjectFiles } from "../../cli/npm/project-files.ts";
import { binLinksOf, binsOf } from "../../generators/npm/bins.ts";
import { linkText } from "../../generators/npm/name.ts";
import { type Bytes, fromText, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";
import { packages } from "./packages.ts";

const golden = join(import.meta.dirname, "../golden/packages");
const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;

/** What the package.json and the files of a fetched package would tell. */
function fetched(
  name: string,
  version: string | undefined,
): { readonly bin: unknown; readonly files: ReadonlySet<string> } {
  const found = packages.find(({ manifest }) => manifest.name === name && manifest.version === version);
  if (found !== undefined) {
    return { bin: found.manifest["bin"], files: new Set(["index.js", ...Object.keys(found.files ?? {})]) };
  }
  if (name === "packed") return { bin: { packed: "index.js" }, files: new Set(["index.js"]) };
  if (name === "local") return { bin: "l.js", files: new Set(["l.js"]) };
  throw new Error(`no package ${name}@${version}`);
}

/** The lines of `installed.txt`: packages and links, of bins only those that lead to a file. */
function describeTree(tree: PackageTree): readonly string[] {
  const facts = new Map(tree.packages.map((one) => [one.location, fetched(one.name, one.version)] as const));
  const bins = new Map(
    [...facts].map(([location, { bin }]) => {
      const placed = tree.packages.find((one) => one.location === location);
      return [location, binsOf(bin, placed?.name, tree.layout)] as const;
    }),
  );
  const exists = (file: Bytes): boolean => {
    const link = tree.links.find(({ location }) => file.startsWith(`${location}/`));
    const real = link === undefined ? file : fromText(`${link.target}${file.slice(link.location.length)}`);
    const owner = [...facts]
      .filter(([location]) => real.startsWith(`${location}/`))
      .sort(([a], [b]) => b.length - a.length)[0];
    return owner === undefined || owner[1].files.has(real.slice(owner[0].length + 1));
  };
  const known = binLinksOf(tree, bins).filter(({ file }) => exists(file));
  return [
    ...tree.packages.map(
      ({ location, name, version }) => `package ${location} ${name}@${version ?? "0.0.1"}`,
    ),
    ...[...tree.links, ...known].map(({ location, text }) => `link ${location} -> ${text}`),
  ]
    .map((line) => toText(line as Bytes))
    .sort();
}

/** pnpm 8 leads to a program through the link beside it: to the same file. */
function throughLinks(line: string, tree: PackageTree): string {
  const match = /^link (node_modules\/\.bin\/\S+) -> \.\.\/((?:@[^/]+\/)?[^/.][^/]*)\/(.*)$/.exec(line);
  const link = tree.links.find(({ location }) => location === `node_modules/${match?.[2]}`);
  return match === null || link === undefined
    ? line
    : `link ${match[1]} -> ${linkText(match[1] ?? "", `${link.target}/${match[3]}`)}`;
}

describe("a lockfile of another package manager", () => {
  const cases = readdirSync(golden).sort();

  it("has cases", () => {
    expect(cases.length).toBeGreaterThan(1);
  });

  for (const name of cases.filter((one) => one.startsWith("pnpm"))) {
    it(`is laid out as it was: ${name}`, async () => {
      const tree = await loadPackageTree({
        files: readProjectFiles(join(golden, name)),
        target,
        nodeVersion: "v20.0.0",
      });
      const lines = readFileSync(join(golden, name, "installed.txt"), "utf8")
        .trimEnd()
        .split("\n");
      // What comes in a tarball of others is known when it is unpacked.
      const installed = lines.filter(
        (line) =>
          !line.startsWith("program ") && !/bundler\/node_modules\/(?:inner|deep|\.bin\/inner)\b/.test(line),
      );
      expect(describeTree(tree)).toEqual(installed.map((line) => throughLinks(line, tree)));
    });
  }
});
