// Old store paths and placeholders -> new ones, in any text.

import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import { bytesOfContents, type NarNode } from "../nar.ts";
import { baseNameOf } from "../store-path.ts";

/** A hash part of a store path, or a placeholder: the texts that can be known by what they begin with. */
const runs = /[0-9abcdfghijklmnpqrsvwxyz]{32,}/g;

export class Renames {
  readonly #storeDir: Bytes;
  /** Hash part -> base names, old and new. */
  readonly #paths = new Map<string, { readonly from: Bytes; readonly to: Bytes }>();
  /** Placeholders without their slash. */
  readonly #placeholders = new Map<string, string>();

  constructor(storeDir: Bytes) {
    this.#storeDir = storeDir;
  }

  rename(from: Bytes, to: Bytes): void {
    const base = baseNameOf(from);
    this.#paths.set(base.slice(0, 32), { from: base, to: baseNameOf(to) });
  }

  replace(from: Bytes, to: Bytes): void {
    this.#placeholders.set(from.slice(1), to.slice(1));
  }

  /** The path itself when it has no other. */
  pathOf(path: Bytes): Bytes {
    const found = this.#paths.get(baseNameOf(path).slice(0, 32));
    return found === undefined ? path : asBytes(`${this.#storeDir}/${found.to}`);
  }

  text(text: Bytes): Bytes {
    let result = "";
    let kept = 0;
    for (const match of text.matchAll(runs)) {
      const { index } = match;
      if (index < kept) continue;
      const [run] = match;
      const placeholder = this.#placeholders.get(run);
      const path = this.#paths.get(run);
      if (placeholder !== undefined) {
        result += text.slice(kept, index) + placeholder;
        kept = index + run.length;
      } else if (path !== undefined && text.startsWith(path.from, index)) {
        result += text.slice(kept, index) + path.to;
        kept = index + path.from.length;
      }
    }
    return kept === 0 ? text : asBytes(result + text.slice(kept));
  }

  node(node: NarNode): NarNode {
    switch (node.kind) {
      case "symlink":
        return { kind: "symlink", target: this.text(node.target) };
      case "file": {
        const { contents } = node;
        const text = typeof contents === "string" ? contents : fromBuffer(bytesOfContents(contents));
        return { ...node, contents: this.text(text) };
      }
      case "directory":
        return {
          kind: "directory",
          entries: new Map([...node.entries].map(([name, entry]) => [name, this.node(entry)])),
        };
    }
  }
}
