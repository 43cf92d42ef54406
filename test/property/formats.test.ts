// What is printed reads back equal; whatever is read gives a value or an InputError.

import fc from "fast-check";
import { expect, it } from "vitest";
import { printDerivation } from "../../emit/aterm.ts";
import { parseDerivation } from "../../emit/aterm-reader.ts";
import { nix32, parseNix32 } from "../../emit/base32.ts";
import { parseHash, parseIntegrity } from "../../emit/hash.ts";
import { isUtf8Bytes, printJson } from "../../emit/json.ts";
import { parseJson } from "../../emit/json-reader.ts";
import { bytesOfContents, type NarNode, narHash, narOf, narPieces } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import { nameProblem, safeName, storePathProblem } from "../../emit/store-path.ts";
import { asBytes, type Bytes, compareBytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { anyBytes, anyDerivation, anyJson, anyName, anyNode, anyStorePath, damaged } from "./arbitrary.ts";

/** The value, or that it was refused; anything else thrown is a failure of the test. */
function valueOrRefusal<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const name = asBytes("name");

it("reads back every derivation it prints", () => {
  fc.assert(
    fc.property(anyDerivation, (derivation) => {
      const { env, ...rest } = derivation;
      const wanted = { ...rest, env: new Map([...env].filter(([key]) => key !== "__json")) };
      expect(parseDerivation(printDerivation(wanted), derivation.name)).toEqual(wanted);
    }),
  );
});

it("prints the same derivation the same, whatever the order of its maps", () => {
  fc.assert(
    fc.property(anyDerivation, (derivation) => {
      const turned = {
        ...derivation,
        outputs: new Map([...derivation.outputs].reverse()),
        inputDrvs: new Map([...derivation.inputDrvs].reverse()),
        inputSrcs: [...derivation.inputSrcs, ...derivation.inputSrcs].reverse(),
        env: new Map([...derivation.env].reverse()),
      };
      expect(printDerivation(turned)).toBe(printDerivation(derivation));
    }),
  );
});

it("reads any derivation text or refuses it, and prints what it read stably", () => {
  const text = fc.oneof(anyBytes, damaged(anyDerivation.map((derivation) => printDerivation(derivation))));
  fc.assert(
    fc.property(text, (bytes) => {
      const derivation = valueOrRefusal(() => parseDerivation(bytes, name));
      if (derivation === undefined) return;
      // An output may be a text that refers to nothing Nix knows a path for: printing may refuse it, too.
      const printed = valueOrRefusal(() => printDerivation(derivation));
      if (printed !== undefined) expect(printDerivation(parseDerivation(printed, name))).toBe(printed);
    }),
    { numRuns: 500 },
  );
});

it("reads back every JSON value it prints", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(parseJson(printJson(value))).toEqual(value);
    }),
  );
});

it("prints texts as JSON that others read the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(JSON.parse(toBuffer(printJson(fromText(text))).toString("utf8"))).toBe(text);
    }),
  );
});

it("reads exactly the JSON that JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.oneof(anyBytes, damaged(anyJson.map(printJson))), (bytes) => {
      const value = valueOrRefusal(() => parseJson(bytes));
      const reads =
        isUtf8Bytes(bytes) && valueOrUndefined(() => JSON.parse(toBuffer(bytes).toString())) !== undefined;
      // JSON.parse takes halves of surrogate pairs and numbers beyond a double; Nix does not.
      if (value !== undefined) expect(reads).toBe(true);
      else if (reads) expect(bytes).toMatch(/\\u[dD][89a-fA-F]|[eE]\+?\d{3}/);
    }),
    { numRuns: 500 },
  );
});

it("reads back every tree it archives", () => {
  fc.assert(
    fc.property(anyNode, (node) => {
      const archive = narOf(node);
      expect(flatten(parseNar(archive))).toEqual(flatten(node));
      expect(narHash(node).size).toBe(archive.length);
      expect(Buffer.concat([...narPieces(node)])).toEqual(archive);
    }),
  );
});

it("reads any archive or refuses it, and what it reads is the only spelling", () => {
  const archive = fc.oneof(anyBytes, damaged(anyNode.map((node) => fromBuffer(narOf(node)))));
  fc.assert(
    fc.property(archive, (bytes) => {
      const node = valueOrRefusal(() => parseNar(toBuffer(bytes)));
      if (node !== undefined) expect(fromBuffer(narOf(node))).toBe(bytes);
    }),
    { numRuns: 500 },
  );
});

it("reads back every nix32 text it prints, and only those", () => {
  fc.assert(
    fc.property(anyBytes, (raw) => {
      expect(parseNix32(nix32(raw))).toBe(raw);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(anyBytes, damaged(anyBytes.map(nix32))), (text) => {
      const raw = parseNix32(text);
      if (raw !== undefined) expect(nix32(raw)).toBe(text);
    }),
  );
});

it("reads any hash text or refuses it", () => {
  const text = fc.oneof(
    anyBytes,
    damaged(fc.constant(asBytes("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))),
  );
  fc.assert(
    fc.property(text, (bytes) => {
      valueOrRefusal(() => parseHash(bytes));
      valueOrRefusal(() => parseHash(bytes, "sha1"));
      valueOrRefusal(() => parseIntegrity(bytes));
    }),
  );
});

it("makes a store name of anything, and leaves a good one alone", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      expect(nameProblem(safeName(bytes))).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(anyName, (good) => {
      expect(safeName(good)).toBe(good);
    }),
  );
  fc.assert(
    fc.property(anyStorePath, (path) => {
      expect(storePathProblem(path)).toBeUndefined();
    }),
  );
});

function valueOrUndefined(read: () => unknown): unknown {
  try {
    return read() ?? null;
  } catch {
    return undefined;
  }
}

/** Contents as text, entries in order: two trees that are the same compare equal. */
function flatten(node: NarNode): unknown {
  if (node.kind === "symlink") return node;
  if (node.kind === "file") return { ...node, contents: fromBuffer(bytesOfContents(node.contents)) };
  const rows: [Bytes, unknown][] = [...node.entries].map(([key, entry]) => [key, flatten(entry)]);
  return rows.sort(([a], [b]) => compareBytes(a, b));
}
