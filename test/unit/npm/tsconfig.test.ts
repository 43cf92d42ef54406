// What the projects of a TypeScript solution are made of, from the compiler's answers and the names of files.

import { describe, expect, it } from "vitest";
import {
  extendedBy,
  readShownConfig,
  type ShownConfig,
  solutionOf,
} from "../../../generators/npm/tsconfig.ts";
import { asBytes, type Bytes, toText } from "../../../graph/bytes.ts";
import type { TypeScriptProject } from "../../../graph/typescript-projects.ts";

interface TestConfig extends Partial<ShownConfig> {
  readonly extends?: unknown;
}

function solution(
  configs: Readonly<Record<string, TestConfig>>,
  others: readonly string[],
  links: Readonly<Record<string, string>> = {},
): Readonly<Record<string, Omit<TypeScriptProject, "config">>> {
  const paths = new Set([...Object.keys(configs), ...others].map(asBytes));
  const read = (path: Bytes): string => JSON.stringify({ extends: configs[path]?.extends });
  const show = (path: Bytes): ShownConfig => ({
    isComposite: true,
    files: [],
    references: [],
    ...configs[path],
  });
  const linked = new Map(Object.entries(links).map(([from, to]) => [asBytes(from), asBytes(to)]));
  const projects = solutionOf(asBytes("tsconfig.json"), { paths, read, links: linked }, show);
  return Object.fromEntries(projects.map(({ config, ...rest }) => [toText(config), rest]));
}

describe("a TypeScript project", () => {
  it("is its files, its configuration with what that extends, and package.json files above", () => {
    const made = solution(
      {
        "tsconfig.json": { references: ["a", "./a/tsconfig.test.json"] },
        "a/tsconfig.json": { files: ["./src/x.ts", "../shared/y.ts"], extends: "../base" },
        "a/tsconfig.test.json": {
          files: ["./test/t.ts"],
          references: ["."],
          extends: ["@c/base/strict.json", "gone"],
        },
        "base.json": { extends: "./deeper.json" },
        "deeper.json": {},
        "tools/base/strict.json": {},
      },
      [
        "package.json",
        "a/package.json",
        "a/src/x.ts",
        "a/src/package.json",
        "shared/y.ts",
        "a/test/t.ts",
        "b/package.json",
      ],
      { "node_modules/@c/base": "tools/base" },
    );
    expect(made).toEqual({
      "tsconfig.json": {
        files: [],
        settings: ["package.json", "tsconfig.json"],
        references: ["a/tsconfig.json", "a/tsconfig.test.json"],
      },
      "a/tsconfig.json": {
        files: ["a/src/x.ts", "shared/y.ts"],
        settings: [
          "a/package.json",
          "a/src/package.json",
          "a/tsconfig.json",
          "base.json",
          "deeper.json",
          "package.json",
        ],
        references: [],
      },
      "a/tsconfig.test.json": {
        files: ["a/test/t.ts"],
        settings: ["a/package.json", "a/tsconfig.test.json", "package.json", "tools/base/strict.json"],
        references: ["a/tsconfig.json"],
      },
    });
  });

  it("that need not list its files has code beside them, which is no other project's", () => {
    const made = solution(
      {
        "tsconfig.json": { isComposite: false, files: ["./main.ts"], references: ["lib"] },
        "lib/tsconfig.json": { files: ["./l.ts", "../given.ts"] },
      },
      [
        "main.ts",
        "other.ts",
        "data.json",
        "README.md",
        "deep/x.mts",
        "package-lock.json",
        "lib/l.ts",
        "lib/more.ts",
        "given.ts",
      ],
    );
    expect(made["tsconfig.json"]?.files).toEqual(["data.json", "deep/x.mts", "main.ts", "other.ts"]);
    expect(made["lib/tsconfig.json"]?.files).toEqual(["given.ts", "lib/l.ts"]);
  });

  it("has nothing outside of the whole", () => {
    for (const path of ["../x", "/etc", "a/../../x"])
      expect(() => solution({ "tsconfig.json": { references: [path] } }, [])).toThrow("leaves the project");
    expect(() => solution({ "tsconfig.json": { files: ["../x.ts"] } }, [])).toThrow("leaves the project");
    expect(() => solution({ "tsconfig.json": { extends: "../../x.json", files: ["./a.ts"] } }, [])).toThrow(
      "leaves the project",
    );
  });
});

describe("a configuration", () => {
  it("may have comments and commas too many, and text that looks like them", () => {
    expect(
      extendedBy('\ufeff{ // one\n "extends": "./a//b.json", /* "extends": "no" */ "x": [1, ], }'),
    ).toEqual(["./a//b.json"]);
    expect(extendedBy('{"extends": ["./a,]", "b\\"//", 1]}')).toEqual(["./a,]", 'b"//']);
    for (const wrong of ["", "{", "[]", "null", '{"extends": {}}']) expect(extendedBy(wrong)).toEqual([]);
  });

  it("is read from the compiler's answer, whatever is in it", () => {
    const wrong = '{"compilerOptions": [], "files": [1, "a.ts"], "references": [{}, {"path": "b"}, null]}';
    expect(readShownConfig(wrong, asBytes("tsconfig.json"))).toEqual({
      isComposite: false,
      files: ["a.ts"],
      references: ["b"],
    });
  });
});
