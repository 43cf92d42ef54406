// The rules of Nix that emission keeps, shown on real Nix: what happens when one is broken, and that the checked form
// works. Rules that hold only up to 2.34 say so.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printDerivation } from "../../emit/aterm.ts";
import { type Derivation, inputOutputs, type Output } from "../../emit/derivation.ts";
import { derivationProblems } from "../../emit/derivation-check.ts";
import { derivationObject } from "../../emit/object.ts";
import { inputPlaceholder, outputPlaceholder } from "../../emit/placeholder.ts";
import { type DaemonSink, openDaemonSink } from "../../emit/sink/daemon.ts";
import { type BuildResult, buildPathsWithResults } from "../../emit/sink/worker/builds.ts";
import { queryDerivationOutputMap } from "../../emit/sink/worker/operations.ts";
import { selfReferenceRule } from "../../emit/store-path.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { makeRealNix, type RealNix } from "./real-nix.ts";
import { shellDerivation } from "./sample-objects.ts";

const out = asBytes("out");

describe("a rule of Nix", () => {
  let nix: RealNix;
  let sink: DaemonSink;
  let isUpTo234: boolean;

  beforeAll(async () => {
    nix = makeRealNix();
    sink = await openDaemonSink({ environment: nix.environment });
    isUpTo234 = selfReferenceRule(sink.context.connection.nixVersion) === "zeroed";
  });
  afterAll(async () => {
    await sink.close();
    nix.remove();
  });

  async function build(derivation: Derivation, chain: readonly Bytes[] = []): Promise<BuildResult> {
    const object = derivationObject(derivation);
    await sink.deliver([object]);
    const [result] = await buildPathsWithResults(sink.context, [{ path: object.path, chain, outputs: "*" }]);
    if (result === undefined) throw new Error("no result");
    return result;
  }

  const codes = (derivation: Derivation): readonly string[] =>
    derivationProblems(derivation).map(({ code }) => code);

  function withoutName(derivation: Derivation): Derivation {
    return { ...derivation, env: new Map([...derivation.env].filter(([key]) => key !== "name")) };
  }

  it("1: derivations that differ only by name share a result, unless their names are in env", async () => {
    const command = "echo same > $out";
    const [first, second] = [shellDerivation("first", command), shellDerivation("second", command)];
    const nameOfResult = async (derivation: Derivation) =>
      (await build(derivation)).outputs.get(out)?.slice(44);
    expect(await nameOfResult(withoutName(first))).toBe("first");
    expect(await nameOfResult(withoutName(second))).toBe(isUpTo234 ? "first" : "second");
    expect(codes(withoutName(second))).toEqual(["store/shared-result"]);
    expect(codes(second)).toEqual([]);
    expect([await nameOfResult(first), await nameOfResult(second)]).toEqual(["first", "second"]);
  });

  it("2: a dynamic input is part of a result's key only where its placeholder stands", async () => {
    const consumer = (producer: Bytes, mentions: boolean): Derivation => {
      const inner = inputPlaceholder(producer, [out, out]);
      return shellDerivation(
        "consumer",
        mentions ? `read -r x < ${inner}; echo $x > $out` : "echo x > $out",
        {
          inputDrvs: new Map([[producer, { outputs: [], dynamic: new Map([[out, inputOutputs(out)]]) }]]),
        },
      );
    };
    const producers = ["one", "two"].map((text) => {
      const inner = printDerivation(shellDerivation("inner", `echo ${text} > $out`));
      const { env, ...producer } = shellDerivation("inner.drv", "", { method: "text" });
      const outputs = new Map<Bytes, Output>([[out, { kind: "floating", method: "text", algo: "sha256" }]]);
      const texts = [...env, [asBytes("text"), splitPlaceholder(inner)] as const];
      const args = [asBytes("-c"), asBytes("IFS=@; set -f; printf %s $text > $out")];
      return derivationObject({ ...producer, outputs, args, env: new Map(texts) });
    });
    await sink.deliver(producers);
    const results: string[] = [];
    for (const { path } of producers) {
      expect(codes(consumer(path, false))).toEqual(["store/unmentioned-input"]);
      expect(codes(consumer(path, true))).toEqual([]);
      const result = await build(consumer(path, true));
      expect(result.message).toBe("");
      results.push(readFileSync(nix.root + result.outputs.get(out), "utf8"));
    }
    expect(results).toEqual(["one\n", "two\n"]);
    const [first, second] = producers.map(({ path }) => derivationObject(consumer(path, false)));
    if (first === undefined || second === undefined) throw new Error("two consumers");
    await sink.deliver([first, second]);
    await buildPathsWithResults(sink.context, [{ path: first.path, outputs: "*" }]);
    const known = (await queryDerivationOutputMap(sink.context, second.path)).get(out) !== undefined;
    expect(known).toBe(isUpTo234);
  });

  it("3: the text of a derivation cannot pass through a producer that has an output of the same name", async () => {
    const inner = printDerivation(shellDerivation("passed", "echo it works > $out"));
    const producer = (output: Bytes): Derivation => {
      const base = shellDerivation("passing", "");
      return {
        ...base,
        outputs: new Map([[output, { kind: "floating", method: "text", algo: "sha256" }]]),
        args: [asBytes("-c"), asBytes('printf %s "$text" > "$dest"')],
        env: new Map([
          [asBytes("name"), base.name],
          [asBytes("text"), inner],
          [asBytes("dest"), outputPlaceholder(output)],
        ]),
      };
    };
    expect(codes(producer(out))).toEqual(["store/inner-placeholder"]);
    await expect(build(producer(out))).rejects.toThrow("self-reference not allowed with text hashing");
    const other = asBytes("passed.drv");
    expect(codes(producer(other))).toEqual([]);
    const good = await build(producer(other), [other]);
    expect(good.message).toBe("");
    expect(readFileSync(nix.root + good.outputs.get(out), "utf8")).toBe("it works\n");
  });
});

/** Cuts the placeholders in a text in two, so that Nix does not see them; the builder joins them. */
function splitPlaceholder(text: Bytes): Bytes {
  return asBytes(
    text.replaceAll(outputPlaceholder(out), (found) => `${found.slice(0, 20)}@${found.slice(20)}`),
  );
}
