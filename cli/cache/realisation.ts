// What tells a binary cache's readers which output a derivation has: JSON, as Nix up to 2.34 keeps it.

import type { SigningKey } from "../../emit/signing-key.ts";
import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";

/** Adds the key's signature, of the JSON without signatures (Nix: `Realisation::fingerprint`). */
export function signRealisation(json: Bytes, key: SigningKey | undefined): Bytes {
  const fields = new Map<string, unknown>(Object.entries(JSON.parse(json) as object));
  const old = fields.get("signatures");
  fields.delete("signatures");
  const others = (Array.isArray(old) ? old.map(String) : []).filter(
    (text) => key === undefined || !text.startsWith(`${key.name}:`),
  );
  const signatures = key === undefined ? others : [...others, key.sign(print(fields))];
  return print(new Map([...fields, ["signatures", signatures]]));
}

/** Sorted by name, without blanks: as Nix prints it. */
function print(fields: ReadonlyMap<string, unknown>): Bytes {
  const rows = [...fields].sort(([a], [b]) => compareBytes(a, b));
  return asBytes(
    `{${rows.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
  );
}
