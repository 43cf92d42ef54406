// rust-toolchain.toml and rust-toolchain: which rustc a project asks for. Nothing is chosen here, but another one than
// the project's would be used in silence.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import type { Diagnostic } from "../../graph/diagnostic.ts";
import { parseToml, tableAt, textAt } from "./toml.ts";

/** What is wrong with using the compiler that `rustc -vV` tells of. */
export function toolchainMismatch(text: Bytes, file: Bytes, rustc: Bytes): Diagnostic | undefined {
  const channel = channelOf(text, file);
  const release = /^release: (.*)$/m.exec(rustc)?.[1] ?? "";
  if (channel === undefined || isOf(channel.value, release)) return undefined;
  return {
    code: "cargo/toolchain",
    message: `the project asks for rustc ${quoted(channel.value)}, and it is ${release}`,
    at: { file, start: channel.start, end: channel.start + channel.value.length },
    hint: "give rustc and cargo of that version, or checkToolchain = false to use these all the same",
  };
}

/** The older file is a single word, unless it is TOML. */
function channelOf(text: Bytes, file: Bytes): { value: Bytes; start: number } | undefined {
  const isWord = !file.endsWith(".toml") && /^\s*\S+\s*$/.test(text);
  const value = isWord
    ? asBytes(text.trim())
    : textAt(tableAt(parseToml(text, file), "toolchain"), "channel");
  return value === undefined ? undefined : { value, start: Math.max(0, text.indexOf(value)) };
}

/** "1.85", "1.85.0", "stable" and "nightly-2026-01-31", each perhaps with a host behind it. */
function isOf(channel: Bytes, release: string): boolean {
  const [number, level = "stable"] = release.split("-", 2);
  const asked = /^(\d+\.\d+(?:\.\d+)?|stable|beta|nightly)(?:-|$)/.exec(channel)?.[1];
  if (asked === undefined) return false;
  if (!/^\d/.test(asked)) return level.startsWith(asked);
  return level === "stable" && (number === asked || number?.startsWith(`${asked}.`) === true);
}
