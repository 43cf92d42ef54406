// Copies built files from the store into the build directory, where the original tool would have put them: each
// appears at once or not at all, and what is equal already is left alone.

import { randomBytes } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { bytesOfContents, type NarFile, type NarNode } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import { narFromPath } from "../../emit/sink/worker/operations.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import { asBytes, type Bytes, toBuffer, toText } from "../../graph/bytes.ts";
import { writing } from "../writing.ts";
import type { Host } from "./host-plan.ts";
import { LinkRecord } from "./link-record.ts";
import type { Realised } from "./realise.ts";

export interface LinkedOut {
  readonly written: number;
  /** Files that were as they should be. */
  readonly kept: number;
}

export async function linkOut(
  context: OperationContext,
  host: Host,
  plan: Plan,
  realised: Realised,
): Promise<LinkedOut> {
  const copier = new OutputCopier(host);
  for (const ref of plan.built) {
    const output = plan.steps[ref.step]?.outputs[ref.output];
    const store = output === undefined ? undefined : realised.outputs.get(ref.step)?.get(output.name);
    if (output !== undefined && store !== undefined) await copier.copy(context, output.path, store);
  }
  return copier.save();
}

/** Copies outputs one by one, and remembers what it copied. */
export class OutputCopier {
  readonly #host: Host;
  readonly #record: LinkRecord;
  readonly #writer: Writer;
  readonly #rewrite: (node: NarNode) => NarNode;

  /** `rewrite` is applied to what is copied; it must be the same for one build directory every time. */
  constructor(host: Host, rewrite: (node: NarNode) => NarNode = (node) => node) {
    this.#host = host;
    this.#rewrite = rewrite;
    this.#record = LinkRecord.open(host.buildDirectory);
    this.#writer = new Writer(host.root);
  }

  /** So many files were written so far. */
  get written(): number {
    return this.#writer.written;
  }

  /** `path` is relative to the root; an output that was not made is none. */
  async copy(context: OperationContext, path: Bytes, store: Bytes): Promise<void> {
    const place = this.#writer.placeOf(path);
    if (this.#record.isCurrent(path, store, place)) {
      this.#writer.kept++;
      return;
    }
    const node = nodeAt(parseNar(await narFromPath(context, store)), path);
    if (node === undefined) return;
    await writing(toText(path), () => this.#writer.write(this.#rewrite(node), path));
    this.#record.remember(path, store, place);
  }

  async save(): Promise<LinkedOut> {
    await writing(this.#host.buildDirectory, () => this.#record.save());
    return { written: this.#writer.written, kept: this.#writer.kept };
  }
}

/** An output holds its file at the file's place in the tree. */
export function nodeAt(tree: NarNode, path: Bytes): NarNode | undefined {
  let node: NarNode | undefined = tree;
  for (const part of path.split("/")) {
    node = node?.kind === "directory" ? node.entries.get(asBytes(part)) : undefined;
  }
  return node;
}

class Writer {
  readonly #root: Buffer;
  written = 0;
  kept = 0;

  constructor(root: string) {
    this.#root = Buffer.from(root);
  }

  placeOf(path: Bytes): Buffer {
    return Buffer.concat([this.#root, Buffer.from("/"), toBuffer(path)]);
  }

  write(node: NarNode, path: Bytes): void {
    const place = this.placeOf(path);
    const there = lstatSync(place, { throwIfNoEntry: false });
    switch (node.kind) {
      case "directory":
        if (there !== undefined && !there.isDirectory()) rmSync(place);
        mkdirSync(place, { recursive: true });
        for (const [name, entry] of node.entries) this.write(entry, asBytes(`${path}/${name}`));
        return;
      case "symlink":
        if (there?.isSymbolicLink() === true && readlinkSync(place, { encoding: "latin1" }) === node.target) {
          this.kept++;
        } else this.#put(place, there, (partial) => symlinkSync(toBuffer(node.target), partial));
        return;
      case "file": {
        const contents = bytesOfContents(node.contents);
        if (isSame(place, there, node, contents)) {
          this.kept++;
          return;
        }
        this.#put(place, there, (partial) => {
          // The mode is cut by the umask, as for every file that a tool makes.
          writeFileSync(partial, contents, { mode: node.executable ? 0o777 : 0o666, flag: "wx" });
        });
      }
    }
  }

  #put(place: Buffer, there: Stats | undefined, make: (partial: Buffer) => void): void {
    const slash = place.lastIndexOf(0x2f);
    mkdirSync(place.subarray(0, slash), { recursive: true });
    const name = Buffer.from(`/.unravel-${randomBytes(6).toString("hex")}`);
    const partial = Buffer.concat([place.subarray(0, slash), name]);
    try {
      make(partial);
      // A file cannot take the place of a directory; nothing but our own builds makes one here.
      if (there?.isDirectory() === true) rmSync(place, { recursive: true });
      renameSync(partial, place);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
    this.written++;
  }
}

function isSame(place: Buffer, there: Stats | undefined, node: NarFile, contents: Uint8Array): boolean {
  if (there?.isFile() !== true || there.size !== contents.length) return false;
  if (((there.mode & 0o100) !== 0) !== node.executable) return false;
  return Buffer.compare(readFileSync(place), contents) === 0;
}
