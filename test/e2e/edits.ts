// The edits of the Ninja sample (samples/ninja/edits.json), and source trees in which they are made.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copySource } from "./file-tree.ts";
import { sampleDirectory } from "./quill.ts";

export interface Change {
  /** Relative to the sample. */
  readonly file: string;
  readonly kind: "replace" | "append" | "create";
  /** Of `replace`: text that occurs once, and what takes its place. */
  readonly search?: string;
  readonly replace?: string;
  /** Of the others. */
  readonly text?: string;
}

/** Numbers for the default targets, and for `all` and `check` together. */
export interface Counts {
  readonly all: number;
  readonly check: number;
}

export interface Edit {
  readonly name: string;
  readonly changes: readonly Change[];
  /** Ninja configures again. */
  readonly configures: boolean;
  /** Commands that ninja runs after it, as the sample's README has it. */
  readonly ninja: Counts;
  /** Edges that have an input whose bytes differ, or another command. */
  readonly needed: Counts;
  /** What ninja leaves wrong. */
  readonly stale?: readonly string[];
}

export function readEdits(): readonly Edit[] {
  const text = readFileSync(join(sampleDirectory, "edits.json"), "utf8");
  return (JSON.parse(text) as { readonly edits: readonly Edit[] }).edits;
}

/** Copies the sample to `to` and makes the edit there. */
export function makeEdited(edit: Edit, to: string): void {
  copySource(sampleDirectory, to);
  for (const change of edit.changes) {
    const file = join(to, change.file);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, changed(change, file), "latin1");
  }
}

/** Changes nothing but what C-family files say: no name, no list, no script. */
export function isInsideSources(edit: Edit): boolean {
  return edit.changes.every(({ file, kind }) => kind !== "create" && /\.[ch]$/.test(file));
}

function changed(change: Change, file: string): string {
  if (change.kind === "create") return change.text ?? "";
  const before = readFileSync(file, "latin1");
  if (change.kind === "append") return before + (change.text ?? "");
  const parts = before.split(change.search ?? "");
  if (parts.length !== 2) throw new Error(`"${change.search}" occurs ${parts.length - 1} times in ${file}`);
  return parts.join(change.replace ?? "");
}
