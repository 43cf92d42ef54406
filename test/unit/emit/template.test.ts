// Derivations with gaps: the text that a script fills is the one that printing gives.

import { describe, expect, it } from "vitest";
import { printDerivation } from "../../../emit/aterm.ts";
import type { Derivation } from "../../../emit/derivation.ts";
import { printTemplate, standInPath } from "../../../emit/outputs/template.ts";
import { outputPlaceholder } from "../../../emit/placeholder.ts";
import { nixStoreDir, sortedSet } from "../../../emit/store-path.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import { context, somePath } from "./context.ts";

const out = asBytes("out");

function derivationOf(source: Bytes, plan: Bytes): Derivation {
  return {
    name: asBytes("p"),
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map(),
    inputSrcs: sortedSet([somePath("known"), source, plan]),
    system: asBytes("x86_64-linux"),
    builder: context.shell,
    args: [asBytes(`${source}/run`)],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map([
      [asBytes("name"), asBytes("p")],
      [asBytes("both"), asBytes(`"${source}" ${plan}`)],
    ]),
  };
}

describe("a template", () => {
  const standIns = new Map(["source", "plan"].map((name) => [name, standInPath(name, nixStoreDir)]));
  const stood = derivationOf(standIns.get("source") ?? out, standIns.get("plan") ?? out);

  it("has text and gaps by turns, and the sources apart", () => {
    const template = printTemplate(stood, standIns, nixStoreDir).split("\0");
    expect(template.slice(0, 2)).toEqual([
      somePath("known"),
      expect.stringMatching(/^(source plan|plan source)$/),
    ]);
    expect(template.filter((_, i) => i > 2 && i % 2 === 1)).toEqual([
      "sources",
      "source",
      "source",
      "plan",
      "",
    ]);
    for (const path of standIns.values()) expect(template.join()).not.toContain(path);
  });

  it("is the derivation's own text where its gaps are filled", () => {
    const [source, plan] = [somePath("source"), somePath("a-plan")];
    const values: Readonly<Record<string, string>> = {
      source,
      plan,
      sources: sortedSet([somePath("known"), source, plan])
        .map((path) => `"${path}"`)
        .join(","),
    };
    const [, , ...parts] = printTemplate(stood, standIns, nixStoreDir).split("\0").slice(0, -1);
    const filled = parts.map((part, i) => (i % 2 === 0 ? part : values[part])).join("");
    expect(filled).toBe(printDerivation(derivationOf(source, plan)));
  });

  it("is only of a derivation that has sources", () => {
    expect(() => printTemplate({ ...stood, inputSrcs: [] }, standIns, nixStoreDir)).toThrow(
      "no list of sources",
    );
  });
});
