// A derivation as `nix derivation show` of Nix 2.34 prints it: JSON format 4, keys sorted, store paths by base name.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import type { Derivation, InputNode, Output } from "./derivation.ts";
import { printSri } from "./hash.ts";
import { indentJson } from "./indent-json.ts";
import { type JsonObject, type JsonValue, printJson } from "./json.ts";
import { baseNameOf } from "./store-path.ts";

/** Indented by two spaces, without a newline at the end. `baseName` is that of the derivation's own path. */
export function derivationJson(baseName: Bytes, derivation: Derivation): Bytes {
  const inner = object([[baseName, describe(derivation)]]);
  const all = object([
    ["derivations", inner],
    ["version", 4],
  ]);
  return indentJson(printJson(all));
}

function describe(derivation: Derivation): JsonObject {
  const { structuredAttrs } = derivation;
  return object([
    ["args", derivation.args],
    ["builder", derivation.builder],
    ["env", derivation.env],
    [
      "inputs",
      object([
        [
          "drvs",
          object([...derivation.inputDrvs].map(([path, node]) => [baseNameOf(path), describeInput(node)])),
        ],
        ["srcs", [...derivation.inputSrcs].map(baseNameOf).sort()],
      ]),
    ],
    ["name", derivation.name],
    ["outputs", object([...derivation.outputs].map(([name, output]) => [name, describeOutput(output)]))],
    ...(structuredAttrs === undefined ? [] : [["structuredAttrs", structuredAttrs] as const]),
    ["system", derivation.system],
    ["version", 4],
  ]);
}

function describeInput(node: InputNode): JsonObject {
  return object([
    ["dynamicOutputs", object([...node.dynamic].map(([name, inner]) => [name, describeInput(inner)]))],
    ["outputs", [...node.outputs].sort()],
  ]);
}

function describeOutput(output: Output): JsonObject {
  switch (output.kind) {
    case "inputAddressed":
      return object([["path", baseNameOf(output.path)]]);
    case "deferred":
      return object([]);
    case "fixed": {
      const hash = printSri({ algo: output.algo, hex: output.hex });
      return object([
        ["hash", hash],
        ["method", asBytes(output.method)],
      ]);
    }
    case "floating":
      return object([
        ["hashAlgo", asBytes(output.algo)],
        ["method", asBytes(output.method)],
      ]);
    case "impure":
      return object([
        ["hashAlgo", asBytes(output.algo)],
        ["impure", true],
        ["method", asBytes(output.method)],
      ]);
  }
}

function object(rows: Iterable<readonly [string, JsonValue]>): JsonObject {
  return new Map([...rows].map(([name, value]) => [asBytes(name), value]));
}
