// What Nix does with the outputs of a floating derivation once its builder is done: scans them for what they refer
// to, sorts them by that, rewrites scratch paths to final ones and computes these (Nix: `registerOutputs`). Written
// from the files alone, without the code that predicts the same.

import { createHash, randomBytes } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nix32 } from "../../../emit/base32.ts";
import type { EmittedObject } from "../../../emit/outputs/shard-data.ts";
import { writeOutputs } from "../../../emit/sink/outputs.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";

export interface Registered {
  readonly path: string;
  readonly references: readonly string[];
}

interface Pending {
  readonly output: string;
  readonly isText: boolean;
  /** The file itself, or the NAR. */
  readonly bytes: string;
  readonly siblings: readonly string[];
  readonly known: readonly string[];
}

const storeDir = "/nix/store";

/**
 * Writes the objects as the builder of `derivationName` would, and registers its outputs. `closure` is all that
 * the builder could see: references to other paths are not found.
 */
export function buildAndRegister(
  derivationName: string,
  objects: readonly EmittedObject[],
  closure: Iterable<string>,
): ReadonlyMap<string, Registered> {
  const directory = mkdtempSync(join(tmpdir(), "outputs-"));
  try {
    const scratch = new Map(
      objects.map(({ output }) => [
        output as string,
        join(directory, `${scratchHash()}-${derivationName}-${output}`),
      ]),
    );
    writeOutputs(objects, scratch);
    return registerOutputs(derivationName, scratch, closure);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function scratchHash(): string {
  return nix32(fromBuffer(randomBytes(20)));
}

export function registerOutputs(
  derivationName: string,
  scratch: ReadonlyMap<string, string>,
  closure: Iterable<string>,
): ReadonlyMap<string, Registered> {
  const known = new Map([...closure].map((path) => [hashPart(path), path]));
  const outputOfHash = new Map([...scratch].map(([output, path]) => [hashPart(path), output]));
  const pending = [...scratch].map(([output, path]): Pending => {
    const isText = output.endsWith(".drv");
    if (isText && (!lstatSync(path).isFile() || (lstatSync(path).mode & 0o111) !== 0))
      throw new Error(`text output ${output} is not a plain file`);
    const bytes = isText ? readFileSync(path, "latin1") : archive(path);
    const found = hashPartsIn(bytes);
    return {
      output,
      isText,
      bytes,
      siblings: found.flatMap((hash) => outputOfHash.get(hash) ?? []),
      known: found.flatMap((hash) => known.get(hash) ?? []),
    };
  });
  const registered = new Map<string, Registered>();
  for (const next of sorted(pending)) {
    if (next.siblings.includes(next.output)) throw new Error(`${next.output} refers to itself`);
    let bytes = next.bytes;
    const references = new Set(next.known);
    for (const sibling of next.siblings) {
      const final = registered.get(sibling)?.path ?? "?";
      references.add(final);
      bytes = bytes.replaceAll(hashPart(scratch.get(sibling) ?? "?"), hashPart(final));
    }
    const list = [...references].sort();
    const name = next.output === "out" ? derivationName : `${derivationName}-${next.output}`;
    registered.set(next.output, {
      path: pathFor(next.isText ? "text" : "source", bytes, list, name),
      references: list,
    });
  }
  return registered;
}

/** Outputs after their siblings; a cycle among them is what Nix refuses. */
function sorted(pending: readonly Pending[]): readonly Pending[] {
  const byName = new Map(pending.map((output) => [output.output, output]));
  const order: Pending[] = [];
  const state = new Map<string, "done" | "open">();
  const visit = (output: Pending): void => {
    if (state.get(output.output) === "done") return;
    if (state.get(output.output) === "open") throw new Error(`cycle of outputs through ${output.output}`);
    state.set(output.output, "open");
    for (const name of output.siblings) {
      const sibling = byName.get(name);
      if (sibling !== undefined && sibling !== output) visit(sibling);
    }
    state.set(output.output, "done");
    order.push(output);
  };
  for (const output of pending) visit(output);
  return order;
}

/** Every run of 32 chars that can be a hash part, overlapping ones included. */
function hashPartsIn(bytes: string): readonly string[] {
  const found = new Set<string>();
  for (const [run] of bytes.matchAll(/[0-9a-df-np-sv-z]{32,}/g)) {
    for (let at = 0; at + 32 <= run.length; at++) found.add(run.slice(at, at + 32));
  }
  return [...found];
}

function pathFor(kind: string, bytes: string, references: readonly string[], name: string): string {
  if (name.length > 211 || !/^[0-9A-Za-z+\-._?=]+$/.test(name)) throw new Error(`bad name ${name}`);
  const hex = createHash("sha256").update(bytes, "latin1").digest("hex");
  const type = [kind, ...references].join(":");
  const digest = createHash("sha256").update(`${type}:sha256:${hex}:${storeDir}:${name}`, "latin1").digest();
  const folded = Buffer.alloc(20);
  digest.forEach((byte, i) => {
    folded[i % 20] = (folded[i % 20] ?? 0) ^ byte;
  });
  return `${storeDir}/${nix32(fromBuffer(folded))}-${name}`;
}

export function hashPart(path: string): string {
  const start = path.lastIndexOf("/") + 1;
  return path.slice(start, start + 32);
}

/** The NAR of what is on disk, as one latin1 string. */
function archive(path: string): string {
  return text("nix-archive-1") + node(Buffer.from(path));
}

function node(path: Buffer): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink())
    return fields(
      "(",
      "type",
      "symlink",
      "target",
      readlinkSync(path, { encoding: "buffer" }).toString("latin1"),
      ")",
    );
  if (stat.isFile()) {
    const mode = (stat.mode & 0o100) === 0 ? [] : ["executable", ""];
    return fields("(", "type", "regular", ...mode, "contents", readFileSync(path, "latin1"), ")");
  }
  const names = readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare);
  const entries = names.map(
    (name) =>
      fields("entry", "(", "name", name.toString("latin1"), "node") +
      node(Buffer.concat([path, Buffer.from("/"), name])) +
      fields(")"),
  );
  return fields("(", "type", "directory") + entries.join("") + fields(")");
}

function fields(...texts: readonly string[]): string {
  return texts.map(text).join("");
}

function text(value: string): string {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(value.length));
  return size.toString("latin1") + value + "\0".repeat((8 - (value.length % 8)) % 8);
}

export function pathsOf(registered: ReadonlyMap<string, Registered>): ReadonlyMap<Bytes, Bytes> {
  return new Map([...registered].map(([output, { path }]) => [asBytes(output), asBytes(path)]));
}
