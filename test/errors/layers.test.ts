// The exact text of layers/... errors.

import { describe, expect, it } from "vitest";
import { readClosure } from "../../emit/layers/closure-graph.ts";
import { parseImagePlan, readPopularity } from "../../emit/layers/plan.ts";
import { asBytes } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";

const b = asBytes;

function print({ code, message, hint, at }: Diagnostic): string {
  const place = at === undefined ? "" : `${at.file}:${at.start}-${at.end}: `;
  return `${place}${message} [${code}]${hint === undefined ? "" : `\n  hint: ${hint}`}`;
}

function errorOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics.map(print).join("\n");
    throw error;
  }
  return "no error";
}

describe("layers/closure", () => {
  const hint = "\n  hint: use Nix 2.34 or 2.35; tell us about newer ones";
  const good = { path: "/nix/store/a", narSize: 1, references: [] };
  it.each([
    [{}, "it is no list"],
    [[7], "an entry has no path"],
    [[{ ...good, narSize: "1" }], "/nix/store/a has no narSize"],
    [[{ ...good, references: [1] }], "/nix/store/a has no references"],
    [[{ ...good, references: ["/nix/store/b"] }], "/nix/store/a refers to /nix/store/b, which is not listed"],
    [[], "/nix/store/a is not listed"],
  ])("%j", (value, why) => {
    expect(errorOf(() => readClosure(value, [b("/nix/store/a")]))).toBe(
      `the closure graph that Nix wrote cannot be read: ${why} [layers/closure]${hint}`,
    );
  });
});

describe("layers/popularity", () => {
  const hint = '\n  hint: write { "glibc": 2400, "openssl": 310 }: how many packages refer to each';
  it.each([
    ["[]", "0-2", "it must be one object, package names to numbers"],
    ['{ "zlib": "many" }', "10-16", '"zlib" must have a number, 0 or more'],
    ['{ "zlib": -1 }', "10-12", '"zlib" must have a number, 0 or more'],
  ])("%s", (text, place, why) => {
    expect(errorOf(() => readPopularity(b(text), b("popularity")))).toBe(
      `popularity:${place}: the popularity table is wrong: ${why} [layers/popularity]${hint}`,
    );
  });
});

describe("plan/format", () => {
  it.each(["{}", "[1]", '[{ "name": "a" }]', '[{ "name": "a", "paths": [1], "links": [] }]'])(
    "%s",
    (text) => {
      expect(errorOf(() => parseImagePlan(b(text)))).toBe(
        "layers.json is not a list of layers [plan/format]\n" +
          "  hint: let the same version of unravel write and read it",
      );
    },
  );
});
