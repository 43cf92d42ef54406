// Derivations that an evaluation inside a builder made become the objects of a build: with names that an emitting
// derivation can give, and all that follows from names (paths, hashes, placeholders) put right in each other. Pure.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import {
  type Derivation,
  derivationReferences,
  fillOutputs,
  type HashModulo,
  type InputNode,
  type Output,
  outputPath,
} from "../derivation.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { NarNode } from "../nar.ts";
import { derivationObject, narObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  type ObjectUnit,
  rootName,
} from "../object-set.ts";
import { inputPlaceholder } from "../placeholder.ts";
import { baseNameOf, nameOf } from "../store-path.ts";
import { Renames } from "./renames.ts";

/** What an evaluation added to the store. */
export interface Evaluated {
  /** By path. */
  readonly derivations: ReadonlyMap<Bytes, Derivation>;
  /** Files and trees, by path. */
  readonly sources: ReadonlyMap<Bytes, EvaluatedSource>;
  /** Path of the derivation that was asked for. */
  readonly root: Bytes;
}

export interface EvaluatedSource {
  readonly node: NarNode;
  /** Every store path that stands in it, sorted. */
  readonly references: readonly Bytes[];
}

export interface Adopted {
  readonly set: ObjectSet;
  readonly derived: DerivedSet;
}

const nameVariable = asBytes("unravelName");

/** Builds of fewer derivations are emitted at once, as in a plan. */
const gatedFrom = 80;

/** `name` is the prefix of every name: an output's path is called "DERIVATION-OUTPUT", and the outputs are the objects. */
export function adopt(evaluated: Evaluated, name: Bytes, storeDir: Bytes): Adopted {
  return new Adoption(evaluated, name, storeDir).all();
}

class Adoption {
  readonly #evaluated: Evaluated;
  readonly #name: Bytes;
  readonly #storeDir: Bytes;
  readonly #renames: Renames;
  readonly #units: ObjectUnit[] = [];
  readonly #objects: DerivedObject[] = [];
  readonly #taken = new Set<Bytes>();
  readonly #heights = new Map<Bytes, number>();
  /** By new path. */
  readonly #adopted = new Map<Bytes, Derivation>();
  readonly #memo = new Map<Bytes, HashModulo>();

  constructor(evaluated: Evaluated, name: Bytes, storeDir: Bytes) {
    this.#evaluated = evaluated;
    this.#name = name;
    this.#storeDir = storeDir;
    this.#renames = new Renames(storeDir);
  }

  all(): Adopted {
    const { derivations, sources, root } = this.#evaluated;
    const order = this.#bottomUp();
    for (const path of order) {
      const source = sources.get(path);
      if (source !== undefined) this.#addSource(path, source);
    }
    for (const path of order) {
      const derivation = derivations.get(path);
      if (derivation !== undefined) this.#addDerivation(path, derivation, path === root);
    }
    const count = this.#units.length;
    return {
      set: { name: this.#name, units: this.#units, isGated: count >= gatedFrom },
      derived: { objects: this.#objects, root: this.#renames.pathOf(root) },
    };
  }

  /** What the root needs, each after what it refers to; by path where that leaves a choice. */
  #bottomUp(): readonly Bytes[] {
    const order: Bytes[] = [];
    const state = new Map<Bytes, "done" | "open">();
    const stack: { path: Bytes; next: readonly Bytes[]; at: number }[] = [];
    const enter = (path: Bytes): void => {
      if (state.has(path) || !this.#isNew(path)) return;
      state.set(path, "open");
      stack.push({ path, next: this.#referencesOf(path), at: 0 });
    };
    enter(this.#evaluated.root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.next[top.at++];
      if (next !== undefined) enter(next);
      else {
        stack.pop();
        state.set(top.path, "done");
        order.push(top.path);
      }
    }
    return order;
  }

  #isNew(path: Bytes): boolean {
    return this.#evaluated.derivations.has(path) || this.#evaluated.sources.has(path);
  }

  #referencesOf(path: Bytes): readonly Bytes[] {
    const derivation = this.#evaluated.derivations.get(path);
    const references =
      derivation === undefined
        ? (this.#evaluated.sources.get(path)?.references ?? [])
        : derivationReferences(derivation);
    return [...references].sort(compareBytes);
  }

  #addSource(path: Bytes, source: EvaluatedSource): void {
    const key = this.#keyFor(asBytes(`0-${fit(nameOf(path))}`), path);
    const references = source.references.map((reference) => this.#renames.pathOf(reference));
    const isRenamed = references.some((reference, i) => reference !== source.references[i]);
    const node = isRenamed ? this.#renames.node(source.node) : source.node;
    const object = narObject(asBytes(`${this.#name}-${key}`), node, references, this.#storeDir);
    this.#renames.rename(path, object.path);
    this.#units.push({ name: key, keys: [key] });
    this.#objects.push({ key, object });
  }

  #addDerivation(path: Bytes, derivation: Derivation, isRoot: boolean): void {
    const height =
      1 + Math.max(0, ...[...derivation.inputDrvs.keys()].map((input) => this.#heights.get(input) ?? 0));
    this.#heights.set(path, height);
    const unit = isRoot ? rootName : this.#keyFor(asBytes(`${height}-${fit(derivation.name)}`), path);
    const renamed = this.#renamed(derivation, asBytes(`${this.#name}-${unit}`));
    const object = derivationObject(renamed, undefined, this.#storeDir);
    this.#renames.rename(path, object.path);
    this.#renameOutputs(path, derivation, object.path, renamed);
    this.#adopted.set(object.path, renamed);
    const key = derivationKey(unit);
    // Nobody but the author says which outputs there are.
    this.#units.push({ name: unit, keys: [key], hasDone: false });
    this.#objects.push({ key, object });
  }

  #renamed(derivation: Derivation, name: Bytes): Derivation {
    const inputDrvs = new Map<Bytes, InputNode>();
    for (const [path, node] of derivation.inputDrvs) {
      const to = this.#renames.pathOf(path);
      inputDrvs.set(to, node);
      this.#renamePlaceholders(path, to, node, []);
    }
    const env = new Map([...derivation.env].map(([key, value]) => [key, this.#renames.text(value)] as const));
    const attrs = derivation.structuredAttrs;
    const structuredAttrs = attrs === undefined ? undefined : new Map(this.#attributes(attrs));
    // Nix up to 2.34 leaves file names out when it remembers results: without this, a derivation and the one that it
    // was would share one. The variable "name" stays what the author wrote, for builders that look at it.
    if (structuredAttrs === undefined) env.set(nameVariable, name);
    else structuredAttrs.set(nameVariable, name);
    const outputs = new Map(
      [...derivation.outputs].map(([output, value]): [Bytes, Output] => [
        output,
        value.kind === "inputAddressed" ? { kind: "deferred" } : value,
      ]),
    );
    const open: Derivation = {
      name,
      outputs,
      inputDrvs,
      inputSrcs: derivation.inputSrcs.map((path) => this.#renames.pathOf(path)),
      system: derivation.system,
      builder: this.#renames.text(derivation.builder),
      args: derivation.args.map((arg) => this.#renames.text(arg)),
      env,
      ...(structuredAttrs === undefined ? {} : { structuredAttrs }),
    };
    const fixed = outputPath(open, asBytes("out"), this.#storeDir);
    if (fixed !== undefined) env.set(asBytes("out"), fixed);
    return fillOutputs(open, {
      find: (path) => this.#adopted.get(path),
      storeDir: this.#storeDir,
      memo: this.#memo,
    });
  }

  #attributes(attrs: JsonObject): JsonObject {
    const rename = (value: JsonValue): JsonValue => {
      if (typeof value === "string") return this.#renames.text(asBytes(value));
      if (Array.isArray(value)) return value.map(rename);
      if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, rename(inner)]));
      return value;
    };
    return new Map([...attrs].map(([key, value]) => [key, rename(value)]));
  }

  /** Paths that are known before the build, and what stands for those that are not. */
  #renameOutputs(from: Bytes, before: Derivation, to: Bytes, after: Derivation): void {
    for (const output of before.outputs.keys()) {
      const [old, now] = [before, after].map((d) => outputPath(d, output, this.#storeDir));
      if (old !== undefined && now !== undefined) this.#renames.rename(old, now);
      this.#renames.replace(inputPlaceholder(from, [output]), inputPlaceholder(to, [output]));
    }
  }

  #renamePlaceholders(from: Bytes, to: Bytes, node: InputNode, chain: readonly Bytes[]): void {
    for (const output of [...node.outputs, ...node.dynamic.keys()]) {
      const whole = [...chain, output];
      this.#renames.replace(inputPlaceholder(from, whole), inputPlaceholder(to, whole));
    }
    for (const [output, inner] of node.dynamic) this.#renamePlaceholders(from, to, inner, [...chain, output]);
  }

  #keyFor(plain: Bytes, path: Bytes): Bytes {
    const key = this.#taken.has(plain) ? asBytes(`${plain}-${baseNameOf(path).slice(0, 8)}`) : plain;
    if (this.#taken.has(key)) throw new Error(`two objects would be called ${key}`);
    this.#taken.add(key);
    return key;
  }
}

/** Longest part of a name that is kept: Nix allows 211 characters in all. */
const longest = 120;

function fit(name: Bytes): Bytes {
  const cut = name.length <= longest ? name : name.slice(-longest).replace(/^[.-]+/, "");
  // What ends so would be taken for a derivation.
  return asBytes(cut.endsWith(".drv") ? `${cut}_` : cut);
}
