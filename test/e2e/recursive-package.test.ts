// A package whose derivations are delivered through recursive-nix instead of outputs: it must be the same package.

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, countOf, makeBuildStore } from "./build-store.ts";
import { copySample, quillExpression } from "./quill.ts";

const minutes = 60_000;
const settings = {
  "experimental-features": "nix-command flakes ca-derivations dynamic-derivations recursive-nix",
};
const recursive = 'recursive = e2e.unravel.ninja (arguments // { sink = "recursive-nix"; });';

/** A step's derivation: HASH-quill-HEIGHT-NAME. */
const step = /^\w{32}-quill-\d+-/;

/** Base names of all derivations in the store. */
function derivationsIn(store: BuildStore): readonly string[] {
  return readdirSync(store.physical("/nix/store")).filter((name) => name.endsWith(".drv"));
}

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
      const before = new Set(derivationsIn(store));
      const emitted = await store.mustBuild(expression, ["package"], { settings });
      // Nothing of the steps is left to build.
      expect(countOf(emitted, "step")).toBe(0);
      expect(emitted.paths).toEqual(delivered.paths);
      // The other sink added derivations of its stages, and not one of a step: all of those were there.
      const added = derivationsIn(store).filter((name) => !before.has(name));
      expect(added.filter((name) => step.test(name))).toEqual([]);
      expect([...before].filter((name) => step.test(name)).length).toBeGreaterThan(60);
    },
    5 * minutes,
  );

  test("is emitted on this machine, by a builder that asks for the feature", async () => {
    const attributes = "{ inherit (p.passthru.entry) preferLocalBuild requiredSystemFeatures; }";
    const features = async (sink: string): Promise<unknown> => {
      const set = quillExpression(
        [],
        "./quill",
        `attributes = let p = e2e.unravel.ninja (arguments // { sink = "${sink}"; }); in ${attributes};`,
      );
      const text = `(let e2e = import ./e2e.nix; in ${set}).attributes`;
      const { out, err } = await store.run("nix-instantiate", ["--eval", "--json", "--strict", "-E", text]);
      return out === "" ? err : JSON.parse(out);
    };
    expect(await features("recursive-nix")).toEqual({
      preferLocalBuild: true,
      requiredSystemFeatures: ["recursive-nix"],
    });
    expect(await features("builder-rpc")).toEqual({
      preferLocalBuild: true,
      requiredSystemFeatures: ["builder-rpc-v0"],
    });
  });

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
