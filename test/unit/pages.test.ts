// The pages: what they link to is there.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";

const project = join(import.meta.dirname, "../..");
const skipped = new Set([".cache", ".git", "node_modules", "dist"]);

function pagesBelow(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (skipped.has(entry.name)) return [];
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

const textOf = (path: string): string => readFileSync(join(project, path), "utf8");
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, "");

/** As code hosts make them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    [...withoutCode(textOf(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe("links", () => {
  const pages = pagesBelow(".");

  it("are found at all", () => {
    expect(pages).toContain("docs/guides/ninja.md");
    expect(pages.length).toBeGreaterThan(20);
  });

  it.each(pages)("of %s lead to what is there", (page) => {
    const wrong: string[] = [];
    for (const [, target = ""] of withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : posix.join(dirname(page), path);
      const isThere = existsSync(join(project, file));
      const isAnchored =
        anchor === undefined ||
        (isThere && statSync(join(project, file)).isFile() && anchorsOf(file).has(anchor));
      if (!isThere || !isAnchored) wrong.push(target);
    }
    expect(wrong).toEqual([]);
  });

  it("lead from the README to every page", () => {
    const seen = new Set<string>();
    const visit = (page: string): void => {
      if (seen.has(page)) return;
      seen.add(page);
      for (const [, target = ""] of textOf(page).matchAll(/\]\(([^)\s#]+\.md)[)#]/g))
        if (!/^[a-z]+:/.test(target)) visit(posix.join(dirname(page), target));
    };
    visit("README.md");
    expect(pages.filter((page) => /^docs\//.test(page) && !seen.has(page))).toEqual([]);
  });
});
