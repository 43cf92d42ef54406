// A .drv file for people: its path, and the JSON that `nix derivation show` prints, from the text alone.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { parseDerivation } from "./aterm-reader.ts";
import { type Derivation, derivationReferences, type InputNode, type Output } from "./derivation.ts";
import { printSri } from "./hash.ts";
import { type JsonObject, type JsonValue, printPrettyJson } from "./json.ts";
import { baseNameOf, nameOf, nixStoreDir, sortedSet, storePathProblem, textPath } from "./store-path.ts";

/** The version of the JSON that Nix 2.34 prints. */
const jsonVersion = 4;

/** The path that a store gives this text. It need not be canonical: the text is hashed as it is. */
export function pathOfDrvText(text: Bytes, name: Bytes, storeDir: Bytes = nixStoreDir): Bytes {
  const references = derivationReferences(parseDerivation(text, name, { storeDir }));
  return textPath(asBytes(`${name}.drv`), text, references, storeDir);
}

/** What `nix derivation show` prints for these derivations, by path, over several lines. */
export function showDerivations(derivations: ReadonlyMap<Bytes, Derivation>): Bytes {
  const shown = [...derivations].map(([path, derivation]) => [baseNameOf(path), jsonOf(derivation)] as const);
  return printPrettyJson(
    objectOf([
      ["derivations", new Map(shown)],
      ["version", jsonVersion],
    ]),
  );
}

/** The derivation's name in a file name or store path: `/nix/store/HASH-n.drv` and `n.drv` are both `n`. */
export function nameOfDrvFile(file: Bytes, storeDir: Bytes = nixStoreDir): Bytes {
  const base = baseNameOf(file);
  const asPath = asBytes(`${storeDir}/${base}`);
  const name = storePathProblem(asPath, storeDir) === undefined ? nameOf(asPath) : base;
  if (name.length > 4 && name.endsWith(".drv")) return asBytes(name.slice(0, -4));
  return fail({
    code: "store/bad-name",
    message: `"${base}" is not the name of a derivation file`,
    hint: "its name must end in .drv: the derivation's name is taken from it",
  });
}

/** The JSON of one derivation, version 4. */
export function jsonOf(derivation: Derivation): JsonObject {
  const { name, outputs, inputDrvs, inputSrcs, system, builder, args, env, structuredAttrs } = derivation;
  const inputs = objectOf([
    ["drvs", mapValues(inputDrvs, inputJson, baseNameOf)],
    ["srcs", sortedSet(inputSrcs).map(baseNameOf)],
  ]);
  const rows: [string, JsonValue][] = [
    ["args", args],
    ["builder", builder],
    ["env", env],
    ["inputs", inputs],
    ["name", name],
    ["outputs", mapValues(outputs, outputJson)],
    ["system", system],
    ["version", jsonVersion],
  ];
  if (structuredAttrs !== undefined) rows.push(["structuredAttrs", structuredAttrs]);
  return objectOf(rows);
}

function outputJson(output: Output): JsonObject {
  switch (output.kind) {
    case "deferred":
      return new Map();
    case "inputAddressed":
      return objectOf([["path", baseNameOf(output.path)]]);
    case "fixed":
      return objectOf([
        ["hash", printSri(output)],
        ["method", asBytes(output.method)],
      ]);
    case "floating":
    case "impure": {
      const floating: [string, JsonValue][] = [
        ["hashAlgo", asBytes(output.algo)],
        ["method", asBytes(output.method)],
      ];
      if (output.kind === "impure") floating.push(["impure", true]);
      return objectOf(floating);
    }
  }
}

function inputJson(node: InputNode): JsonObject {
  return objectOf([
    ["dynamicOutputs", mapValues(node.dynamic, inputJson)],
    ["outputs", sortedSet(node.outputs)],
  ]);
}

function objectOf(rows: readonly (readonly [string, JsonValue])[]): JsonObject {
  return new Map(rows.map(([key, value]) => [asBytes(key), value]));
}

function mapValues<Value>(
  map: ReadonlyMap<Bytes, Value>,
  convert: (value: Value) => JsonValue,
  convertKey: (key: Bytes) => Bytes = (key) => key,
): JsonObject {
  return new Map([...map].map(([key, value]) => [convertKey(key), convert(value)]));
}
