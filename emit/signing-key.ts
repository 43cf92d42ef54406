// Nix's signing keys: "NAME:BASE64", 64 bytes of which the first 32 are the seed of an Ed25519 key. Pure.

import { createPrivateKey, sign } from "node:crypto";
import { asBytes, type Bytes, toBuffer, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";

export interface SigningKey {
  readonly name: Bytes;
  /** "NAME:BASE64" of the signature of a text, as narinfo files and Nix's database have it. */
  readonly sign: (text: Bytes) => Bytes;
}

/** What comes before the seed in PKCS 8, as RFC 8410 writes it. */
const head = Buffer.from("302e020100300506032b657004220420", "hex");
const seedLength = 32;

/** Reads what `nix key generate-secret` prints. `shown` is the file as it was typed. */
export function parseSigningKey(text: Bytes, shown: Bytes): SigningKey {
  const match = /^([^\s:]+):([A-Za-z0-9+/]+=*)\s*$/.exec(text);
  const raw = Buffer.from(match?.[2] ?? "", "base64");
  if (match === null || raw.length !== 2 * seedLength) return failKey(shown, raw.length);
  const key = createPrivateKey({
    key: Buffer.concat([head, raw.subarray(0, seedLength)]),
    format: "der",
    type: "pkcs8",
  });
  const name = asBytes(match[1] ?? "");
  return {
    name,
    sign: (message) => asBytes(`${name}:${sign(null, toBuffer(message), key).toString("base64")}`),
  };
}

function failKey(shown: Bytes, length: number): never {
  return fail({
    code: "cache/bad-key",
    message:
      length === seedLength
        ? `"${toText(shown)}" holds a public key: signing needs the secret one`
        : `"${toText(shown)}" is no signing key of Nix`,
    hint: "make one with `nix key generate-secret --key-name NAME`",
  });
}
