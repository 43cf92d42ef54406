// The text of a .narinfo file: what a binary cache tells about a store path. Pure.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import { nix32 } from "./base32.ts";
import { parseHex } from "./hash.ts";
import type { SigningKey } from "./signing-key.ts";
import { baseNameOf } from "./store-path.ts";

/** How an archive is packed; the names are those of Nix. */
export type Compression = "br" | "gzip" | "none" | "xz" | "zstd";

export interface NarInfo {
  readonly path: Bytes;
  /** sha256 of the NAR, lower-case hex. */
  readonly narHex: Bytes;
  readonly narSize: number;
  /** Of the archive as it lies in the cache. */
  readonly fileHex: Bytes;
  readonly fileSize: number;
  readonly compression: Compression;
  /** Full paths, sorted. */
  readonly references: readonly Bytes[];
  /** Full path or "". */
  readonly deriver: Bytes;
  /** "" for what is addressed by its inputs. */
  readonly contentAddress: Bytes;
  readonly signatures: readonly Bytes[];
}

const suffixes: Readonly<Record<Compression, string>> = {
  br: ".br",
  gzip: ".gz",
  none: "",
  xz: ".xz",
  zstd: ".zst",
};

/** Where the archive lies: named by its own hash, so that two that are equal are one. */
export function archiveUrl({ fileHex, compression }: Pick<NarInfo, "compression" | "fileHex">): string {
  return `nar/${nix32Of(fileHex)}.nar${suffixes[compression]}`;
}

export function printNarInfo(info: NarInfo, key?: SigningKey): Bytes {
  const signatures = key === undefined ? info.signatures : signed(info, key);
  const lines = [
    `StorePath: ${info.path}`,
    `URL: ${archiveUrl(info)}`,
    `Compression: ${info.compression}`,
    `FileHash: sha256:${nix32Of(info.fileHex)}`,
    `FileSize: ${info.fileSize}`,
    `NarHash: sha256:${nix32Of(info.narHex)}`,
    `NarSize: ${info.narSize}`,
    `References: ${info.references.map(baseNameOf).join(" ")}`,
    ...(info.deriver === "" ? [] : [`Deriver: ${baseNameOf(info.deriver)}`]),
    ...signatures.map((signature) => `Sig: ${signature}`),
    ...(info.contentAddress === "" ? [] : [`CA: ${info.contentAddress}`]),
  ];
  return asBytes(`${lines.join("\n")}\n`);
}

/** A key signs once; its old signature is replaced. */
function signed(info: NarInfo, key: SigningKey): readonly Bytes[] {
  const others = info.signatures.filter((signature) => !signature.startsWith(`${key.name}:`));
  return [...others, key.sign(fingerprintOf(info))];
}

/** What is signed (Nix: `ValidPathInfo::fingerprint`): neither packing nor deriver count. */
export function fingerprintOf({ path, narHex, narSize, references }: NarInfo): Bytes {
  return asBytes(`1;${path};sha256:${nix32Of(narHex)};${narSize};${references.join(",")}`);
}

function nix32Of(hex: Bytes): Bytes {
  return nix32(parseHex(hex) ?? asBytes(""));
}
