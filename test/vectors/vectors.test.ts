// Everything the pure half of emit/ computes, against values that real Nix printed.

import { describe, expect, it } from "vitest";
import { printDerivation } from "../../emit/aterm.ts";
import { parseDerivation } from "../../emit/aterm-reader.ts";
import { nix32, parseNix32 } from "../../emit/base32.ts";
import {
  type Derivation,
  derivationPath,
  derivationReferences,
  fillOutputs,
  hashModulo,
  type InputNode,
  type Output,
} from "../../emit/derivation.ts";
import { pathOfDrvText, showDerivations } from "../../emit/drv-text.ts";
import {
  foldHash,
  hashHex,
  parseHash,
  parseHex,
  printHex,
  printNix32Hash,
  printSri,
  sha256,
} from "../../emit/hash.ts";
import { type JsonObject, printJson } from "../../emit/json.ts";
import { parseJson } from "../../emit/json-reader.ts";
import { type NarNode, narHash, narOf, narOfFile } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import { inputPlaceholder, outputPlaceholder } from "../../emit/placeholder.ts";
import {
  contentAddressedPath,
  hashPartOf,
  hashWithoutSelf,
  nameOf,
  sourcePath,
  textPath,
} from "../../emit/store-path.ts";
import { asBytes, type Bytes, fromText, toBuffer } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import {
  type DerivationVector,
  type InputVector,
  type NodeVector,
  type OutputVector,
  readVectors,
  vectorFiles,
} from "./vector-file.ts";

for (const { name, file } of vectorFiles) {
  if (file === undefined) {
    it.skip(`vectors of real Nix, ${name}: no such file here`, () => undefined);
    continue;
  }
  const vectors = readVectors(file);
  describe(`vectors of ${vectors.nix}, ${name}`, () => {
    describe.each(vectors.hash)("$algo $hex", (vector) => {
      const { inputUtf8: input } = vector;
      const text = fromText(typeof input === "string" ? input : input.repeat.repeat(input.times));
      it("is the digest of its text", () => expect(hashHex(vector.algo, text)).toBe(vector.hex));
      it("prints and reads as nix32, hex and SRI", () => {
        const hash = { algo: vector.algo, hex: asBytes(vector.hex) };
        const raw = parseHex(asBytes(vector.hex)) ?? asBytes("");
        expect(nix32(raw)).toBe(vector.nix32);
        expect(parseNix32(asBytes(vector.nix32))).toBe(raw);
        expect(printSri(hash)).toBe(vector.sri);
        expect(printNix32Hash(hash)).toBe(`${vector.algo}:${vector.nix32}`);
        for (const form of [vector.hex, vector.nix32, vector.sri]) {
          expect(parseHash(asBytes(form), vector.algo)).toEqual(hash);
        }
        expect(parseHash(asBytes(`${vector.algo}:${vector.nix32}`))).toEqual(hash);
      });
    });

    it.each(vectors.compress)("folds $sha256", (vector) => {
      const folded = foldHash(parseHex(asBytes(vector.sha256)) ?? asBytes(""), 20);
      expect(printHex(folded)).toBe(vector.folded20);
      expect(nix32(folded)).toBe(vector.nix32);
    });

    it.each(vectors.nar)("archives $name as nix-store --dump does", (vector) => {
      const node = nodeOf(vector.node);
      const archive = narOf(node);
      expect(archive.length).toBe(vector.size);
      if (vector.base64 !== undefined) expect(archive.toString("base64")).toBe(vector.base64);
      expect(narHash(node)).toEqual({ hex: vector.sha256, size: vector.size });
      expect(sha256(archive)).toBe(vector.sha256);
      expect(narOf(parseNar(archive))).toEqual(archive);
    });

    it.each(vectors.path)("computes $path ($kind)", (vector) => {
      const storeName = asBytes(vector.name);
      const refs = (vector.refs ?? []).map(asBytes);
      const contents = fromText(vector.contents ?? "");
      if (vector.kind === "text") {
        expect(textPath(storeName, contents, refs)).toBe(vector.path);
        return;
      }
      const tree = vectors.nar.find((entry) => entry.name === vector.narOf);
      const hex = asBytes(vector.hash ?? tree?.sha256 ?? sha256(contents));
      const content = { method: vector.method ?? "nar", algo: vector.algo ?? "sha256", hex };
      expect(contentAddressedPath(storeName, content, refs)).toBe(vector.path);
      if (tree !== undefined)
        expect(sourcePath(storeName, narHash(nodeOf(tree.node)).hex, refs)).toBe(vector.path);
    });

    it.each(vectors.placeholder)("computes placeholder $placeholder", (vector) => {
      const found =
        vector.drvPath === undefined
          ? outputPlaceholder(asBytes(vector.output ?? ""))
          : inputPlaceholder(asBytes(vector.drvPath), (vector.outputs ?? []).map(asBytes));
      expect(found).toBe(vector.placeholder);
    });

    const parsed = new Map(
      vectors.drv.map((vector) => {
        const drvName = asBytes(nameOf(asBytes(vector.path)).slice(0, -4));
        return [asBytes(vector.path), parseDerivation(fromText(vector.aterm), drvName)] as const;
      }),
    );

    // One input is no vector of its own: the same derivation as "floating_nar", with two variables less.
    const twin = vectors.drv.find(({ name: drvName }) => drvName === "floating_nar");
    const floating = parsed.get(asBytes(twin?.path ?? ""));
    if (floating !== undefined) {
      const env = new Map([...floating.env].filter(([key]) => !key.startsWith("outputHash")));
      parsed.set(derivationPath({ ...floating, env }), { ...floating, env });
    }

    describe.each(vectors.drv)("derivation $name", (vector) => {
      const text = fromText(vector.aterm);
      const path = asBytes(vector.path);
      const derivation = parsed.get(path);
      if (derivation === undefined) throw new Error("not read");

      it("prints what Nix printed", () => {
        expect(printDerivation(derivation)).toBe(text);
        if (vector.drv !== undefined) expect(printDerivation(derivationOf(vector.drv))).toBe(text);
      });
      it("has the path and references that Nix gave it", () => {
        expect(derivationPath(derivation)).toBe(path);
        expect(derivationReferences(derivation)).toEqual(vector.references);
      });
      if (vector.shown !== undefined) {
        it("is shown as nix derivation show does", () => expectShown(path, derivation, vector.shown ?? ""));
      }
      const outputs = [...derivation.outputs];
      if (!outputs.every(([, output]) => output.kind === "inputAddressed" || output.kind === "deferred"))
        return;
      it("gets its output paths from its inputs", () => {
        const open = new Map(outputs.map(([key]) => [key, { kind: "deferred" } as const]));
        const filled = fillOutputs({ ...derivation, outputs: open }, { find: (input) => parsed.get(input) });
        expect(printDerivation(filled)).toBe(text);
      });
    });

    it.each(vectors.tolerance ?? [])("takes or refuses the odd text $name as Nix does", (vector) => {
      const text = fromText(vector.text);
      const read = (): Derivation => parseDerivation(text, asBytes("odd"));
      if (!vector.accepted) {
        expect(read).toThrow(InputError);
        return;
      }
      expect(pathOfDrvText(text, asBytes("odd"))).toBe(vector.path);
      expectShown(asBytes(vector.path ?? ""), read(), vector.shown ?? "");
    });

    it.each(vectors.hashModulo)("computes the realisation id $id", (vector) => {
      const derivation = parsed.get(asBytes(vector.drv));
      if (derivation === undefined) throw new Error(`no vector for ${vector.drv}`);
      const { hex } = hashModulo(derivation, true, { find: (input) => parsed.get(input) });
      expect(`sha256:${hex}!${vector.output}`).toBe(vector.id);
    });

    it.each(vectors.caOutput)("computes the content address of $path", (vector) => {
      const path = asBytes(vector.path);
      const contents = fromText(vector.contents);
      const archive = narOfFile(contents, vector.executable);
      expect(printSri({ algo: "sha256", hex: sha256(archive) })).toBe(vector.narHash);
      const body = vector.method === "nar" ? archive : toBuffer(contents);
      const refersToItself = vector.references.includes(vector.path);
      const hex = refersToItself
        ? hashWithoutSelf(body, hashPartOf(path), "zeroed").hex
        : hashHex(vector.algo, body);
      const content = { method: vector.method, algo: vector.algo, hex };
      const others = vector.references.filter((reference) => reference !== vector.path).map(asBytes);
      expect(contentAddressedPath(nameOf(path), content, others, refersToItself)).toBe(path);
      expect(
        `fixed:${vector.method === "nar" ? "r:" : ""}${printNix32Hash({ algo: vector.algo, hex })}`,
      ).toBe(vector.ca);
    });
  });
}

/** Nix prints it on one line; parsed by our own reader, which keeps 1.0 apart from 1. */
function expectShown(path: Bytes, derivation: Derivation, shown: string): void {
  const pretty = showDerivations(new Map([[path, derivation]]));
  expect(printJson(parseJson(pretty))).toBe(fromText(shown));
}

function nodeOf(vector: NodeVector): NarNode {
  if (vector.type === "symlink") return { kind: "symlink", target: fromText(vector.target ?? "") };
  if (vector.type === "regular") {
    const contents = fromText(vector.contents ?? "");
    return { kind: "file", executable: vector.executable ?? false, contents };
  }
  return { kind: "directory", entries: mapOf(vector.entries ?? {}, nodeOf) };
}

function derivationOf(vector: DerivationVector): Derivation {
  const plain = {
    name: asBytes(vector.name),
    outputs: mapOf(vector.outputs, outputOf),
    inputDrvs: mapOf(vector.inputDrvs, inputOf),
    inputSrcs: vector.inputSrcs.map(asBytes).reverse(),
    system: asBytes(vector.system),
    builder: fromText(vector.builder),
    args: vector.args.map(fromText),
    env: mapOf(vector.env, fromText),
  };
  if (vector.structuredAttrs === undefined) return plain;
  return {
    ...plain,
    structuredAttrs: parseJson(fromText(JSON.stringify(vector.structuredAttrs))) as JsonObject,
  };
}

function outputOf({ path, method, algo, hash }: OutputVector): Output {
  if (method === undefined || algo === undefined) {
    return path === undefined ? { kind: "deferred" } : { kind: "inputAddressed", path: asBytes(path) };
  }
  return hash === undefined
    ? { kind: "floating", method, algo }
    : { kind: "fixed", method, algo, hex: asBytes(hash) };
}

function inputOf(vector: InputVector): InputNode {
  return { outputs: (vector.outputs ?? []).map(asBytes), dynamic: mapOf(vector.dynamic ?? {}, inputOf) };
}

/** Reversed, so that a missing sort shows. */
function mapOf<From, To>(
  record: Readonly<Record<string, From>>,
  convert: (from: From) => To,
): Map<Bytes, To> {
  const rows = Object.entries(record).reverse();
  return new Map(rows.map(([key, value]) => [fromText(key), convert(value)]));
}
