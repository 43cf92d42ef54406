// The reference of the Nix functions names what the functions take, and nothing else.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const project = join(import.meta.dirname, "../..");
const page = readFileSync(join(project, "docs/nix-functions.md"), "utf8");

/** Names in the first column of the tables of a section. */
function documented(title: string): readonly string[] {
  const start = page.indexOf(`\n## ${title}`);
  if (start < 0) throw new Error(`the page has no section "${title}"`);
  const end = page.indexOf("\n## ", start + 1);
  const section = page.slice(start, end < 0 ? undefined : end).split("\n### ")[0] ?? "";
  return [...section.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
}

/** Attributes that a function declares to its checker. */
function checkedBy(file: string): readonly string[] {
  const text = readFileSync(join(project, "templates/lib", file), "utf8");
  const block =
    /checker\.check(?:Known)? "[^"]+" \(with checker\.types; \{\n([\s\S]*?)\n *\}\) arguments/.exec(
      text,
    )?.[1];
  if (block === undefined) throw new Error(`${file} checks nothing`);
  return [...block.matchAll(/^ +(\w+) = /gm)].map(([, name = ""]) => name);
}

describe("the reference of Nix functions", () => {
  it.each([
    ["unravel.graph", "graph.nix"],
    ["unravel.dynamic", "dynamic.nix"],
    ["unravel.merkle", "merkle.nix"],
  ])("has every attribute of %s, and no other", (title, file) => {
    const checked = checkedBy(file);
    expect(checked.length).toBeGreaterThan(4);
    expect([...documented(title)].sort()).toEqual([...checked].sort());
  });

  it("has every argument of unravel.ninja", () => {
    const known = documented("unravel.ninja");
    expect(checkedBy("ninja.nix").filter((name) => !known.includes(name))).toEqual([]);
  });
});
