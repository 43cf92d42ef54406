// One directory of a Merkle tree becomes derivations: an object to fetch per entry, and for each directory below one
// that does the same with it when its listing is there. Pure.
//
//   listing ──> expand ──> emit ──> tree       listing and contents are fixed-output: known by hash, fetched once
//                            └────> the same for each directory below
//
// With git hashing, a directory is fixed-output as well: one that is there already is not expanded at all.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type Derivation, type InputNode, inputOutputs, type Output, outputPath } from "../derivation.ts";
import type { JsonValue } from "../json.ts";
import { derivationObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  rootName,
} from "../object-set.ts";
import type { EmissionContext } from "../outputs/context.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import { type DirectoryNames, namesOf } from "./entry-name.ts";
import type { GitEntry } from "./git-tree.ts";

export interface MerkleSettings {
  /** Prefix of all names of this directory; part of the paths of what is fetched. */
  readonly name: Bytes;
  /** Of the directory's own object, lower-case hex. */
  readonly hash: Bytes;
  /** Store path of a bare repository. */
  readonly repository: Bytes;
  /** Directories are fixed-output, too: Nix's feature git-hashing is on. */
  readonly gitHashing: boolean;
  /** The settings as the stages get them, for the directories below. */
  readonly text: Bytes;
}

/** Builds of fewer objects are emitted at once, as in a plan. */
const gatedFrom = 80;
const out: Bytes = asBytes("out");

/** What one directory needs. Follows from its entries. */
export function setOfTree(entries: readonly GitEntry[], { name, gitHashing }: MerkleSettings): ObjectSet {
  const names = namesOf(entries);
  const units = unitsOf(entries, names, gitHashing);
  return {
    name,
    units: units.map((unit) => ({ name: unit, keys: [derivationKey(unit)], hasDone: false })),
    isGated: units.length >= gatedFrom,
  };
}

/** By height: listings and contents, expansions, trees. */
function unitsOf(entries: readonly GitEntry[], names: DirectoryNames, gitHashing: boolean): readonly Bytes[] {
  const directories = entries.filter(({ kind }) => kind === "directory");
  return [
    ...entries.map((entry) => names.object(entry)),
    ...directories.map((entry) => names.expand(entry)),
    ...(gitHashing ? directories.map((entry) => names.tree(entry)) : []),
    rootName,
  ];
}

/** `listing`: the store path of the directory's own git object. */
export function deriveTree(
  entries: readonly GitEntry[],
  listing: Bytes,
  settings: MerkleSettings,
  context: EmissionContext,
): DerivedSet {
  return new Expansion(entries, settings, context).all(listing);
}

class Expansion {
  readonly #entries: readonly GitEntry[];
  readonly #settings: MerkleSettings;
  readonly #context: EmissionContext;
  readonly #names: DirectoryNames;
  readonly #objects: DerivedObject[] = [];

  constructor(entries: readonly GitEntry[], settings: MerkleSettings, context: EmissionContext) {
    this.#entries = entries;
    this.#settings = settings;
    this.#context = context;
    this.#names = namesOf(entries);
  }

  all(listing: Bytes): DerivedSet {
    const { gitHashing } = this.#settings;
    const inputDrvs = new Map<Bytes, InputNode>();
    const children = new Map<GitEntry, Bytes>();
    const fetched = new Map<GitEntry, { readonly derivation: Derivation; readonly path: Bytes }>();
    for (const entry of this.#entries) {
      const derivation = this.#object(this.#names.object(entry), entry.hash);
      fetched.set(entry, { derivation, path: this.#add(this.#names.object(entry), derivation) });
    }
    const expanded = new Map<GitEntry, Bytes>();
    for (const [entry, { derivation, path }] of fetched) {
      if (entry.kind !== "directory") {
        inputDrvs.set(path, inputOutputs(out));
        children.set(entry, fixedPath(derivation, this.#context));
        continue;
      }
      const unit = this.#names.expand(entry);
      const listingOfChild = fixedPath(derivation, this.#context);
      const expand = this.#add(unit, this.#expand(unit, entry.hash, path, listingOfChild));
      expanded.set(entry, expand);
      if (gitHashing) continue;
      inputDrvs.set(expand, dynamicInput(chain));
      children.set(entry, inputPlaceholder(expand, chain));
    }
    for (const [entry, expand] of gitHashing ? expanded : []) {
      const unit = this.#names.tree(entry);
      const tree = this.#tree(unit, entry.hash, expand);
      inputDrvs.set(this.#add(unit, tree), inputOutputs(out));
      children.set(entry, fixedPath(tree, this.#context));
    }
    const paths = this.#entries.map((entry) => children.get(entry) ?? asBytes(""));
    const root = this.#add(rootName, this.#join(listing, paths, inputDrvs));
    return { objects: this.#objects, root };
  }

  #add(unit: Bytes, derivation: Derivation): Bytes {
    const object = derivationObject(derivation, undefined, this.#context.storeDir);
    this.#objects.push({ key: derivationKey(unit), object });
    return object.path;
  }

  /** Fetches one object. The file is the object with its header, so that its plain hash is the object's name. */
  #object(unit: Bytes, hash: Bytes): Derivation {
    const { repository } = this.#settings;
    return this.#fixed("flat", hash, this.#common(unit, "merkle-object", [repository]), [
      ["hash", hash],
      ["repository", repository],
    ]);
  }

  /** Writes the text of the derivation that emits what the directory needs. */
  #expand(unit: Bytes, hash: Bytes, fetch: Bytes, listing: Bytes): Derivation {
    const { repository, text } = this.#settings;
    const { environment, forwardScript, references, shell, storeDir } = this.#context;
    // All that the settings name: Nix finds it in the text and makes it part of the path.
    const sources = [repository, environment, forwardScript, storeObjectOf(shell, storeDir), ...references];
    const common = this.#common(unit, "merkle-expand", sources);
    return {
      ...common,
      outputs: new Map<Bytes, Output>([[out, { kind: "floating", method: "text", algo: "sha256" }]]),
      inputDrvs: new Map([[fetch, inputOutputs(out)]]),
      structuredAttrs: attributes(common.name, [
        ["hash", hash],
        ["listing", listing],
        ["environment", environment],
        ["settings", text],
        ["setName", asBytes(common.name.slice(0, -".drv".length))],
      ]),
    };
  }

  /** A directory known by its hash: a copy of what its expansion makes, which is not looked at when this is there. */
  #tree(unit: Bytes, hash: Bytes, expand: Bytes): Derivation {
    const tree = this.#fixed("git", hash, this.#common(unit, "merkle-copy", []), [
      ["tree", inputPlaceholder(expand, chain)],
    ]);
    return { ...tree, inputDrvs: new Map([[expand, dynamicInput(chain)]]) };
  }

  #join(listing: Bytes, children: readonly Bytes[], inputDrvs: ReadonlyMap<Bytes, InputNode>): Derivation {
    const common = this.#common(rootName, "merkle-tree", [listing]);
    return {
      ...common,
      outputs: new Map<Bytes, Output>([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
      inputDrvs,
      structuredAttrs: attributes(common.name, [
        ["hash", this.#settings.hash],
        ["listing", listing],
        ["children", children],
      ]),
    };
  }

  #common(unit: Bytes, stage: string, sources: readonly Bytes[]): Common {
    const { node, planner, system } = this.#context;
    return {
      name: asBytes(`${this.#settings.name}-${unit}`),
      inputSrcs: sortedSet([...sources, node, planner]),
      system,
      builder: asBytes(`${node}/bin/node`),
      args: [asBytes(`${planner}/unravel-builder.mjs`), asBytes(stage)],
      env: new Map([[out, outputPlaceholder(out)]]),
    };
  }

  #fixed(method: "flat" | "git", hash: Bytes, common: Common, rows: Rows): Derivation {
    const algo = hash.length === 64 ? "sha256" : "sha1";
    const derivation: Derivation = {
      ...common,
      outputs: new Map([[out, { kind: "fixed", method, algo, hex: hash }]]),
      inputDrvs: new Map(),
      structuredAttrs: attributes(common.name, rows),
    };
    return { ...derivation, env: new Map([[out, fixedPath(derivation, this.#context)]]) };
  }
}

type Common = Pick<Derivation, "args" | "builder" | "env" | "inputSrcs" | "name" | "system">;
type Rows = readonly (readonly [name: string, value: JsonValue])[];

/** From an expansion to the directory: what it prints, the last of the outputs of that, what this builds. */
const chain: readonly Bytes[] = [out, derivationKey(rootName), out];

function attributes(name: Bytes, rows: Rows): ReadonlyMap<Bytes, JsonValue> {
  return new Map<Bytes, JsonValue>([
    [asBytes("name"), name],
    ...rows.map(([key, value]) => [asBytes(key), value] as const),
  ]);
}

function fixedPath(derivation: Derivation, context: EmissionContext): Bytes {
  const path = outputPath(derivation, out, context.storeDir);
  if (path === undefined) throw new Error(`${derivation.name} has no fixed output`);
  return path;
}

function dynamicInput([output, ...deeper]: readonly Bytes[]): InputNode {
  if (output === undefined) return inputOutputs();
  return deeper.length === 0
    ? inputOutputs(output)
    : { outputs: [], dynamic: new Map([[output, dynamicInput(deeper)]]) };
}
