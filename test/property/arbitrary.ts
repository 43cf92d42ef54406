// Random values for property tests of emit/: bytes of every kind, trees, derivations.

import fc from "fast-check";
import type { Derivation, InputNode, Output } from "../../emit/derivation.ts";
import type { HashAlgo } from "../../emit/hash.ts";
import { hashSize } from "../../emit/hash.ts";
import type { JsonObject, JsonValue } from "../../emit/json.ts";
import type { NarNode } from "../../emit/nar.ts";
import { asBytes, type Bytes, fromBuffer, fromText } from "../../graph/bytes.ts";

export const anyBytes: fc.Arbitrary<Bytes> = fc
  .uint8Array({ maxLength: 40 })
  .map((array) => fromBuffer(array));

const nameChars = "abcXYZ019+-._?=".split("");
export const anyName: fc.Arbitrary<Bytes> = fc
  .string({ unit: fc.constantFrom(...nameChars), minLength: 1, maxLength: 12 })
  .map((text) => asBytes(text.replace(/^\./, "d")));

const base32Chars = "0123456789abcdfghijklmnpqrsvwxyz".split("");
export const anyStorePath: fc.Arbitrary<Bytes> = fc
  .tuple(fc.string({ unit: fc.constantFrom(...base32Chars), minLength: 32, maxLength: 32 }), anyName)
  .map(([hash, name]) => asBytes(`/nix/store/${hash}-${name}`));

export const anyText: fc.Arbitrary<Bytes> = fc.string({ unit: "binary", maxLength: 20 }).map(fromText);

export const anyJson: fc.Arbitrary<JsonValue> = fc.letrec<{ readonly value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    anyText,
    fc.maxSafeInteger().map((value) => (value === 0 ? 0 : value)),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((float) => ({ float })),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(anyText, tie("value")), { maxLength: 4 }).map((rows) => new Map(rows)),
  ),
})).value;

export const anyJsonObject: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(anyText, anyJson), { maxLength: 5 })
  .map((rows) => new Map(rows));

const anyAlgo: fc.Arbitrary<HashAlgo> = fc.constantFrom("sha256", "sha1", "md5", "sha512");
const anyMethod = fc.constantFrom("flat", "nar", "git");

const anyOutput: fc.Arbitrary<Output> = fc.oneof(
  anyStorePath.map((path): Output => ({ kind: "inputAddressed", path })),
  fc.constant<Output>({ kind: "deferred" }),
  fc.tuple(anyMethod, anyAlgo).map(([method, algo]): Output => ({ kind: "floating", method, algo })),
  fc.tuple(anyMethod, anyAlgo).map(([method, algo]): Output => ({ kind: "impure", method, algo })),
  fc.tuple(anyMethod, anyAlgo).map(
    ([method, algo]): Output => ({
      kind: "fixed",
      method,
      algo,
      hex: asBytes("a5".repeat(hashSize(algo))),
    }),
  ),
);

const anyInput: fc.Arbitrary<InputNode> = fc.letrec<{ readonly node: InputNode }>((tie) => ({
  node: fc.record({
    outputs: fc.uniqueArray(anyName, { maxLength: 3 }).map((names) => names.sort()),
    dynamic: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<InputNode["dynamic"]>(new Map()),
      fc.array(fc.tuple(anyName, tie("node")), { maxLength: 3 }).map((rows) => new Map(sorted(rows))),
    ),
  }),
})).node;

/** In the order in which they are printed, so that reading gives an equal value. */
export const anyDerivation: fc.Arbitrary<Derivation> = fc
  .record({
    name: anyName,
    outputs: fc
      .array(fc.tuple(anyName, anyOutput), { minLength: 1, maxLength: 3 })
      .map((rows) => new Map(sorted(rows))),
    inputDrvs: fc
      .array(fc.tuple(anyStorePath, anyInput), { maxLength: 3 })
      .map((rows) => new Map(sorted(rows))),
    inputSrcs: fc.uniqueArray(anyStorePath, { maxLength: 3 }).map((paths) => paths.sort()),
    system: anyName,
    builder: anyBytes,
    args: fc.array(anyBytes, { maxLength: 4 }),
    env: fc.array(fc.tuple(anyBytes, anyBytes), { maxLength: 5 }).map((rows) => new Map(sorted(rows))),
  })
  .chain((plain) =>
    fc.oneof(
      fc.constant(plain),
      anyJsonObject.map((structuredAttrs) => ({ ...plain, structuredAttrs })),
    ),
  );

const anyEntryName: fc.Arbitrary<Bytes> = anyBytes.filter(
  (name) => name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name),
);

export const anyNode: fc.Arbitrary<NarNode> = fc.letrec<{ readonly node: NarNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc
      .tuple(fc.boolean(), fc.uint8Array({ maxLength: 40 }))
      .map(
        ([executable, contents]): NarNode => ({ kind: "file", executable, contents: Buffer.from(contents) }),
      ),
    anyEntryName.map((target): NarNode => ({ kind: "symlink", target })),
    fc
      .array(fc.tuple(anyEntryName, tie("node")), { maxLength: 4 })
      .map((rows): NarNode => ({ kind: "directory", entries: new Map(sorted(rows)) })),
  ),
})).node;

/** Some bytes of a good text changed, cut or doubled: closer to what a reader trips over than noise is. */
export function damaged(good: fc.Arbitrary<Bytes>): fc.Arbitrary<Bytes> {
  return fc.tuple(good, fc.nat(), fc.nat({ max: 8 }), anyBytes).map(([text, at, count, bytes]) => {
    const start = at % (text.length + 1);
    return asBytes(text.slice(0, start) + bytes.slice(0, 8) + text.slice(start + count));
  });
}

function sorted<Value>(rows: readonly (readonly [Bytes, Value])[]): readonly (readonly [Bytes, Value])[] {
  return [...new Map(rows)].sort(([a], [b]) => (a < b ? -1 : 1));
}
