// A planned unit graph and the contents of its sources become store objects. Pure.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { type CargoPackage, isLibrary } from "../../graph/unit-graph.ts";
import { type Derivation, type InputNode, inputOutputs, type Output } from "../derivation.ts";
import type { JsonValue } from "../json.ts";
import { derivationObject } from "../object.ts";
import { type DerivedObject, type DerivedSet, derivationKey, rootName } from "../object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import type { KnownPaths } from "../references.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import { packageDirectory, rustcArguments, rustcDirectory, rustdocArguments } from "./command.ts";
import {
  type CargoPlan,
  cargoSetName,
  isRunTest,
  isWantedTest,
  type PlannedUnit,
  recipeKey,
  scriptDirectory,
  testRunName,
} from "./plan.ts";
import { assignments, type ContentTree, list, objectOf, programFile, type Recipe } from "./recipe.ts";
import { PackageFiles, sourcesOf } from "./sources.ts";
import {
  defaultVariables,
  envify,
  isProgram,
  minorOf,
  programPath,
  programsOf,
  rustcVariables,
  rustdocVariables,
  scriptVariables,
  testVariables,
} from "./variables.ts";

export interface CargoContext {
  readonly storeDir: Bytes;
  readonly system: Bytes;
  /** Full path of bash. */
  readonly shell: Bytes;
  /** Store object with `environment.sh`: rustc and coreutils, and nothing of the project. */
  readonly compiler: Bytes;
  /** The same with a linker, and with the libraries and tools that the project names. */
  readonly environment: Bytes;
  readonly scripts: {
    readonly rustc: Bytes;
    readonly run: Bytes;
    readonly test: Bytes;
    readonly root: Bytes;
  };
  /** A vendored package's directory in the store, links followed; by its place below the vendored directory. */
  readonly vendored: (place: Bytes) => Bytes | undefined;
  /** Package name -> further files that its units read, relative to the tree. */
  readonly extraSources: ReadonlyMap<Bytes, readonly Bytes[]>;
  /** Arguments of every test binary. */
  readonly checkFlags: readonly Bytes[];
  readonly known: KnownPaths;
}

/** Computes every object. */
export function deriveCargo(plan: CargoPlan, context: CargoContext, tree: ContentTree): DerivedSet {
  return new CargoDeriver(plan, context, tree).derive();
}

interface Parts {
  readonly script: Bytes;
  readonly environment: Bytes;
  /** Attribute -> units whose output it lists. */
  readonly lists: Readonly<Record<string, readonly Bytes[]>>;
  readonly crates: readonly Bytes[];
}

const out = asBytes("out");
const done = asBytes("done");

class CargoDeriver {
  readonly #plan: CargoPlan;
  readonly #context: CargoContext;
  readonly #tree: ContentTree;
  readonly #files: PackageFiles;
  readonly #objects = new Map<Bytes, DerivedObject>();
  readonly #derivations: Bytes[] = [];

  constructor(plan: CargoPlan, context: CargoContext, tree: ContentTree) {
    this.#plan = plan;
    this.#context = context;
    this.#tree = tree;
    this.#files = new PackageFiles(tree, plan.graph.packages);
  }

  derive(): DerivedSet {
    const runs: Bytes[] = [];
    for (const planned of this.#plan.units) {
      const isRun = planned.unit.mode === "run-custom-build";
      const derivation = isRun ? this.#scriptRun(planned) : this.#rustc(planned);
      this.#derivations.push(derivation);
      if (planned.unit.mode === "doctest") runs.push(derivation);
      if (isRunTest(planned, this.#plan.graph, this.#plan.purpose)) runs.push(this.#testRun(planned));
      else if (isWantedTest(planned, this.#plan.purpose)) runs.push(derivation);
    }
    const root = this.#root(runs);
    const objects = this.#plan.set.units.flatMap(({ keys }) =>
      keys.map((key) => this.#objects.get(key) ?? failMissing(key)),
    );
    return { objects, root };
  }

  #rustc(planned: PlannedUnit): Bytes {
    const { unit, package: owner, ownScript } = planned;
    const isLinked =
      !isLibrary(unit.target) ||
      unit.target.crateTypes.some((type) => !/^r?lib$/.test(type)) ||
      unit.mode !== "build";
    const isDoc = unit.mode === "doctest";
    const files = new Map([
      ["program", isDoc ? "rustdoc" : "rustc"],
      [
        "arguments",
        list(isDoc ? rustdocArguments(planned, this.#plan) : rustcArguments(planned, this.#plan)),
      ],
      ["variables", assignments((isDoc ? rustdocVariables : rustcVariables)(planned, this.#plan))],
      ["defaults", assignments(defaultVariables(this.#plan))],
      ["label", `${owner.name} ${owner.version} (${unit.target.kind[0]} ${unit.target.name})`],
      ["scripts", list(planned.scripts.map((at) => this.#scriptDirectoryOf(at)))],
      ["own-script", ownScript === undefined ? "" : "1"],
      ["links-libraries", !isDoc && (isLibrary(unit.target) || !owner.hasLibrary) ? "1" : ""],
      // Cargo since 1.87; rustdoc was given them so before.
      ["search", isDoc || minorOf(this.#plan.graph) >= 87 ? "first" : "each"],
      ["kinds", list(isProgram(unit.target) ? unit.target.kind : unit.target.kind.map(asLibrary))],
      ["name", unit.target.name],
      ["place", owner.place.kind === "vendor" ? packageDirectory(owner) : ""],
      ["directory", rustcDirectory(planned, this.#plan)],
    ]);
    const tree = new Set(owner.place.kind === "tree" ? this.#sourcesOf(planned) : []);
    // Examples read what they like, as tests do.
    if (isDoc) for (const file of this.#files.of(owner)) tree.add(file);
    const derivationOf = (at: number): Bytes => this.#derivations[at] ?? failMissing(planned.name);
    return this.#derivation(
      planned.name,
      { files, tree: [...tree] },
      {
        script: this.#context.scripts.rustc,
        environment: isLinked ? this.#context.environment : this.#context.compiler,
        lists: {
          libraries: planned.libraries.map(derivationOf),
          scripts: planned.scripts.map(derivationOf),
        },
        crates: this.#cratesOf([owner]),
      },
    );
  }

  #scriptDirectoryOf(at: number): Bytes {
    const script = this.#plan.units[at];
    return script === undefined ? failMissing(asBytes("script")) : scriptDirectory(script);
  }

  #sourcesOf({ package: owner, unit, dependencies }: PlannedUnit): readonly Bytes[] {
    const { extraSources } = this.#context;
    // A package that the tree has vendored: like one from a registry, as a whole.
    if (owner.source !== undefined) return this.#files.of(owner);
    const files = sourcesOf(
      unit.target.source,
      owner,
      this.#files.of(owner),
      this.#tree,
      extraSources.get(owner.name) ?? [],
    );
    const readsManifests = dependencies.some(({ unit: at }) => this.#readsManifests(at));
    if (!readsManifests) return files;
    const manifest = asBytes(owner.place.path === "" ? "Cargo.toml" : `${owner.place.path}/Cargo.toml`);
    const wanted = [...files, manifest, asBytes("Cargo.toml")].filter(
      (file) => this.#tree.read(file) !== undefined,
    );
    return [...new Set(wanted)];
  }

  /** Macros that find out how a crate was renamed. */
  #readsManifests(at: number): boolean {
    const macro = this.#plan.units[at];
    if (macro?.unit.target.kind[0] !== "proc-macro") return false;
    return macro.libraries.some((library) =>
      manifestReaders.has(this.#plan.units[library]?.package.name ?? ""),
    );
  }

  #scriptRun(planned: PlannedUnit): Bytes {
    const { unit, package: owner, dependencies } = planned;
    const units = dependencies.flatMap(({ unit: at }) => {
      const dependency = this.#plan.units[at];
      return dependency === undefined ? [] : [{ at, dependency }];
    });
    const script = units.find(({ dependency }) => dependency.unit.mode === "build");
    const others = units.filter(({ dependency }) => dependency.unit.mode === "run-custom-build");
    const derivationOf = ({ at }: { at: number }): Bytes =>
      this.#derivations[at] ?? failMissing(planned.name);
    const owners = [owner, ...others.map(({ dependency }) => dependency.package)];
    const files = new Map([
      ["variables", assignments(scriptVariables(planned, this.#plan))],
      ["defaults", assignments(defaultVariables(this.#plan))],
      ...(unit.said === undefined ? [] : [["said", unit.said.map((line) => `${line}\n`).join("")] as const]),
      ["label", `${owner.name} ${owner.version} (build script)`],
      ["scripts", list(others.map(({ dependency }) => scriptDirectory(dependency)))],
      ["links", list(others.map(({ dependency }) => asBytes(envify(dependency.package.links ?? ""))))],
      ["directory", packageDirectory(owner)],
      ["out-directory", scriptDirectory(planned)],
      [
        "places",
        list(
          owners.flatMap((entry) =>
            entry.place.kind === "vendor" ? [asBytes(packageDirectory(entry))] : [],
          ),
        ),
      ],
      ["program", script === undefined ? "" : programFile(script.dependency)],
    ]);
    // What it reads is known only to the script itself, so it gets its package as a whole, and what metadata of
    // others may point to.
    const tree = owners.flatMap((entry) => (entry.place.kind === "tree" ? this.#files.of(entry) : []));
    return this.#derivation(
      planned.name,
      { files, tree: [...new Set(tree)] },
      {
        script: this.#context.scripts.run,
        environment: this.#context.environment,
        lists: {
          script: script === undefined ? [] : [derivationOf(script)],
          scripts: others.map(derivationOf),
        },
        crates: this.#cratesOf(owners),
      },
    );
  }

  #testRun(planned: PlannedUnit): Bytes {
    const { package: owner } = planned;
    const programs = programsOf(planned, this.#plan);
    const files = new Map([
      ["variables", assignments(testVariables(planned, this.#plan))],
      ["defaults", assignments(defaultVariables(this.#plan))],
      ["runner", list(planned.unit.runner)],
      ["flags", list(this.#context.checkFlags)],
      [
        "label",
        `${owner.name} ${owner.version} (${planned.unit.target.kind[0]} ${planned.unit.target.name})`,
      ],
      ["directory", packageDirectory(owner)],
      ["program", programFile(planned)],
      ["program-files", list(programs.map((program) => asBytes(programFile(program))))],
      ["program-paths", list(programs.map((program) => asBytes(programPath(program.unit.target.name))))],
      ["scripts", list(planned.scripts.map((at) => this.#scriptDirectoryOf(at)))],
      ["own-script", planned.ownScript === undefined ? "" : "1"],
    ]);
    const at = (unit: PlannedUnit): Bytes =>
      this.#derivations[this.#plan.units.indexOf(unit)] ?? failMissing(unit.name);
    return this.#derivation(
      testRunName(planned),
      { files, tree: this.#files.of(owner) },
      {
        script: this.#context.scripts.test,
        environment: this.#context.environment,
        lists: {
          test: [at(planned)],
          programs: programs.map(at),
          scripts: planned.scripts.map((index) => this.#derivations[index] ?? failMissing(planned.name)),
        },
        crates: [],
      },
    );
  }

  #root(runs: readonly Bytes[]): Bytes {
    const { units, purpose } = this.#plan;
    const isWanted = ({ isRoot, unit }: PlannedUnit): boolean =>
      purpose === "units" || (isRoot && unit.mode === "build" && purpose === "build");
    const wanted = units.flatMap((planned, at) => (isWanted(planned) ? [{ planned, at }] : []));
    const rows = wanted.map(({ planned }) => ({
      planned,
      kind: planned.unit.target.kind[0] ?? asBytes("lib"),
    }));
    const files = new Map([
      ["purpose", purpose],
      ["hashes", list(rows.map(({ planned }) => planned.hash))],
      ["kinds", list(rows.map(({ kind }) => kind))],
      [
        "names",
        list(rows.map(({ planned }) => (purpose === "units" ? planned.name : planned.unit.target.name))),
      ],
    ]);
    return this.#derivation(
      rootName,
      { files, tree: [] },
      {
        script: this.#context.scripts.root,
        environment: this.#context.compiler,
        lists: {
          units: wanted.map(({ at }) => this.#derivations[at] ?? failMissing(rootName)),
          runs,
        },
        crates: [],
      },
    );
  }

  #cratesOf(owners: readonly CargoPackage[]): readonly Bytes[] {
    return owners.flatMap(({ name, place }) => {
      if (place.kind !== "vendor") return [];
      const path = this.#context.vendored(place.path);
      if (path !== undefined) return [path];
      return fail({
        code: "cargo/missing-crate",
        message: `${quoted(name)} is not in the vendored directory, where ${quoted(place.path)} should be`,
        hint: "vendor again: cargo vendor",
      });
    });
  }

  #derivation(unitName: Bytes, recipe: Recipe, parts: Parts): Bytes {
    const { storeDir, shell, system } = this.#context;
    const recipeObject = objectOf(unitName, recipe, this.#tree, this.#context);
    this.#objects.set(recipeKey(unitName), { key: recipeKey(unitName), object: recipeObject });
    const inputDrvs = new Map<Bytes, InputNode>();
    const attributes = new Map<Bytes, JsonValue>();
    for (const [name, paths] of Object.entries(parts.lists)) {
      for (const path of paths) inputDrvs.set(path, inputOutputs(out));
      attributes.set(
        asBytes(name),
        paths.map((path) => inputPlaceholder(path, [out])),
      );
    }
    const name = asBytes(`${cargoSetName}-${unitName}`);
    const floating: Output = { kind: "floating", method: "nar", algo: "sha256" };
    const outputs = unitName === rootName ? [out] : [out, done];
    const derivation: Derivation = {
      name,
      outputs: new Map(outputs.map((output) => [output, floating])),
      inputDrvs,
      inputSrcs: sortedSet([
        recipeObject.path,
        parts.script,
        parts.environment,
        storeObjectOf(shell, storeDir),
        ...parts.crates.map((path) => storeObjectOf(path, storeDir)),
      ]),
      system,
      builder: shell,
      args: [parts.script],
      env: new Map(outputs.map((output) => [output, outputPlaceholder(output)])),
      structuredAttrs: new Map<Bytes, JsonValue>([
        ...attributes,
        [asBytes("name"), name],
        [asBytes("recipe"), recipeObject.path],
        [asBytes("environment"), parts.environment],
        [asBytes("crates"), parts.crates],
      ]),
    };
    const object = derivationObject(derivation, undefined, storeDir);
    this.#objects.set(derivationKey(unitName), { key: derivationKey(unitName), object });
    return object.path;
  }
}

const manifestReaders: ReadonlySet<string> = new Set([
  "cargo-manifest",
  "cargo_metadata",
  "cargo_toml",
  "find-crate",
  "proc-macro-crate",
  "toml",
  "toml_edit",
]);

/** An example that is a library is none for link arguments. */
function asLibrary(kind: Bytes): Bytes {
  return kind === "example" ? asBytes("library-example") : kind;
}

function failMissing(key: Bytes): never {
  throw new Error(`nothing was made for ${key}`);
}
