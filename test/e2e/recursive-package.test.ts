// A package whose derivations are delivered through recursive-nix instead of outputs: it must be the same package.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, countOf, makeBuildStore } from "./build-store.ts";
import { copySample, quillExpression } from "./quill.ts";

const minutes = 60_000;
const settings = {
  "experimental-features": "nix-command flakes ca-derivations dynamic-derivations recursive-nix",
};
const recursive = 'recursive = e2e.unravel.ninja (arguments // { sink = "recursive-nix"; });';

describe("a package with sink = recursive-nix", () => {
  let store: BuildStore;

  beforeAll(async () => {
    store = await makeBuildStore();
    copySample(store);
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  test(
    "is made of the derivations that the outputs sink emits",
    async () => {
      const expression = quillExpression([], "./quill", recursive);
      const delivered = await store.mustBuild(expression, ["recursive"], { settings });
      expect(countOf(delivered, "step")).toBeGreaterThan(50);
      const emitted = await store.mustBuild(expression, ["package"], { settings });
      // Nothing of the steps is left to build, so every path is the same.
      expect(countOf(emitted, "step")).toBe(0);
      expect(emitted.paths).toEqual(delivered.paths);
    },
    5 * minutes,
  );

  test(
    "says what is missing where the feature is off",
    async () => {
      const off = { "experimental-features": "nix-command flakes ca-derivations dynamic-derivations" };
      const expression = quillExpression(["bin/quill"], "./quill", recursive);
      const { exitCode, log } = await store.build(expression, ["recursive"], { settings: off });
      expect(exitCode).not.toBe(0);
      expect(log).toContain("recursive-nix");
    },
    5 * minutes,
  );
});
