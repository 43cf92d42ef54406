// How pnpm calls things: the keys of its lockfile, and the directories of its virtual store that follow from them.

import { hash } from "node:crypto";
import { asBytes, type Bytes, toBuffer } from "../../graph/bytes.ts";

/** What differs between versions of pnpm that write the same lockfile. */
export type PnpmMajor = 8 | 9 | 10;

/** Longer directory names end in a hash (pnpm: `virtual-store-dir-max-length`). */
const maxName = 120;

/** A key of `packages` or `snapshots` for a dependency called `alias`; `undefined` for a link to a directory. */
export function keyOf(reference: Bytes, alias: Bytes, lockVersion: 6 | 9): Bytes | undefined {
  if (reference.startsWith("link:")) return undefined;
  const bracket = reference.indexOf("(");
  const head = bracket < 0 ? reference : reference.slice(0, bracket);
  if (lockVersion === 6) {
    return asBytes(
      reference.startsWith("file:") || head.includes("/") ? reference : `/${alias}@${reference}`,
    );
  }
  if (reference.startsWith("@")) return reference;
  const at = head.indexOf("@");
  const colon = head.indexOf(":");
  return asBytes(at >= 0 && (colon < 0 || at < colon) ? reference : `${alias}@${reference}`);
}

/** A key without the peers in brackets: what `packages` of version 9 is keyed by. */
export function withoutPeers(key: Bytes): Bytes {
  const bracket = key.indexOf("(");
  return bracket < 0 ? key : asBytes(key.slice(0, bracket));
}

/** Name and version of a key such as `/@scope/name@1.0.0(peer@2.0.0)`, or `undefined` for a key of another form. */
export function nameAndVersion(key: Bytes): { readonly name: Bytes; readonly version: Bytes } | undefined {
  const plain = withoutPeers(key).replace(/^\//, "");
  const at = plain.indexOf("@", 1);
  if (at < 0) return undefined;
  return { name: asBytes(plain.slice(0, at)), version: asBytes(plain.slice(at + 1)) };
}

/** The directory of a package in `node_modules/.pnpm`. */
export function storeDirectory(key: Bytes, major: PnpmMajor): Bytes {
  const plain = key.startsWith("file:") ? key.replace(":", "+") : key.replace(/^\//, "");
  let name = plain.replace(major === 10 ? /[\\/:*?"<>|#]/g : /[\\/:*?"<>|]/g, "+");
  if (name.includes("(")) name = name.replace(/\)$/, "").replace(/\)\(|\(|\)/g, "_");
  const hasCapitals = name !== name.toLowerCase() && !name.startsWith("file+");
  if (name.length <= maxName && !hasCapitals) return asBytes(name);
  const short =
    major === 10
      ? hash("sha256", toBuffer(asBytes(name)), "hex").slice(0, 32)
      : base32(hash("md5", toBuffer(asBytes(name)), "buffer"));
  return asBytes(`${name.slice(0, maxName - short.length - 1)}_${short}`);
}

/** RFC 4648, in small letters and without padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += "abcdefghijklmnopqrstuvwxyz234567"[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? `${text}${"abcdefghijklmnopqrstuvwxyz234567"[(value << (5 - bits)) & 31]}` : text;
}
