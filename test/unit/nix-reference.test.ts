// The reference of the Nix functions names what the functions take, and nothing else.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const project = join(import.meta.dirname, "../..");
const textOf = (path: string): string => readFileSync(join(project, path), "utf8");

/** Names in the first column of the tables of a section; all that follows an attribute's name is its parts'. */
function documented(page: string, title: string): readonly string[] {
  const text = textOf(`docs/${page}`);
  const start = text.indexOf(`\n## ${title}`);
  if (start < 0) throw new Error(`the page has no section "${title}"`);
  const end = text.indexOf("\n## ", start + 1);
  const section = text.slice(start, end < 0 ? undefined : end).split(/\n### |\n\| passthru \|/)[0] ?? "";
  const names = [...section.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w[^`]*)`/g)].map(([, name = ""]) => name.split(".")[0] ?? ""),
  );
  return [...new Set(names)].sort();
}

/** Attributes that a function declares to its checker. */
function checkedBy(file: string): readonly string[] {
  const text = textOf(`templates/lib/${file}`);
  const block =
    /checker\.check(?:Known)? "[^"]+" \(with checker\.types; \{\n([\s\S]*?)\n *\}\) arguments/.exec(
      text,
    )?.[1];
  if (block === undefined) throw new Error(`${file} checks nothing`);
  const indent = /^ +/.exec(block)?.[0] ?? "";
  return [...block.matchAll(/^( +)(\w+) =(?= |$)/gm)]
    .filter(([, spaces]) => spaces === indent)
    .map(([, , name = ""]) => name)
    .sort();
}

/** What every function that builds a source takes as stdenv does, without a meaning of its own. */
const ofStdenv =
  /^(?:pre|post|do)?(?:unpack|patch|configure|build|check|install|fixup)(?:Phase|Flags)?$|^sourceRoot$/i;

const functions: readonly (readonly [name: string, file: string, page: string, title: string])[] = [
  ["ninja", "ninja.nix", "nix-functions.md", "unravel.ninja"],
  ["graph", "graph.nix", "nix-functions.md", "unravel.graph"],
  ["dynamic", "dynamic.nix", "nix-functions.md", "unravel.dynamic"],
  ["merkle", "merkle.nix", "nix-functions.md", "unravel.merkle"],
  ["make", "make.nix", "make.md", "Reference"],
  ["kernel", "kernel.nix", "kernel.md", "Reference"],
  ["npm", "npm.nix", "npm.md", "unravel.npm"],
  ["cargo", "cargo.nix", "cargo.md", "Reference"],
  ["layers", "layers.nix", "layers.md", "unravel.layers"],
];

describe("the reference of Nix functions", () => {
  it.each(functions)("has every attribute of unravel.%s, and no other", (_, file, page, title) => {
    const checked = checkedBy(file);
    const known = documented(page, title);
    expect(checked.length).toBeGreaterThan(4);
    expect(checked.filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !checked.includes(name) && !ofStdenv.test(name))).toEqual([]);
  });

  it("has every function that there is", () => {
    const set =
      /supported \(\n[^{]*\{\n([\s\S]*?)\n {2}\}\n\)/.exec(textOf("templates/lib/default.nix"))?.[1] ?? "";
    const exported = [...set.matchAll(/^ {4}(\w+) = /gm)].map(([, name]) => name);
    expect(exported.sort()).toEqual(functions.map(([name]) => name).sort());
    const page = textOf("docs/nix-functions.md");
    expect(functions.filter(([name]) => !page.includes(`unravel.${name}`))).toEqual([]);
  });

  it("has every argument of the import", () => {
    const text = textOf("default.nix");
    const head = text.slice(text.indexOf("\n{\n"), text.indexOf("}@args"));
    const names = [...head.matchAll(/^ {2}(\w+) \?/gm)].map(([, name = ""]) => name);
    expect(documented("nix-functions.md", "import ./unravel")).toEqual(names.sort());
  });
});
