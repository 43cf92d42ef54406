// A Make dump as a build graph: a step per recipe, a phony per target that is no file, and for each make below
// another one a phony for what comes before it and one for all that it makes.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { BuildGraph, Recipe } from "../../graph/graph.ts";
import { withBlanks } from "./blanks.ts";
import { GraphBuilder } from "./build-graph.ts";
import { type CommandLine, commandText } from "./command-text.ts";
import type { DumpEnvironment, DumpMake, DumpRule, MakeDump } from "./dump.ts";
import { type Commands, type Execution, executionsOf, isMadeBelow, pathFrom } from "./executions.ts";
import { lateBound } from "./late-bound.ts";
import { safePath } from "./safe-path.ts";
import { directoriesOf, joinUnits, type Unit } from "./units.ts";
import { baseOf } from "./writes.ts";

export interface MakeGraph extends BuildGraph {
  readonly dump: MakeDump;
  /** For people: what was not split as make would, and why. */
  readonly notes: readonly string[];
}

export interface MakeOptions {
  /** What a recipe writes beside its target belongs to its step; true unless given. */
  readonly keepsAll?: boolean;
  /** What is known to be missing in the dump. */
  readonly notes?: readonly string[];
}

export function graphOfDump(dump: MakeDump, options: MakeOptions = {}): MakeGraph {
  return new Loader(withBlanks(dump), options).run();
}

/** What a target of a make stands for in the graph; `undefined` for nothing that a step could wait for. */
type Node = { readonly kind: "file" | "phony"; readonly name: Bytes } | undefined;

class Loader {
  readonly #dump: MakeDump;
  readonly #keepsAll: boolean;
  readonly #executions: readonly Execution[];
  readonly #builder = new GraphBuilder();
  readonly #rules = new Map<string, DumpRule>();
  readonly #made = new Set<Bytes>();
  readonly #directories: ReadonlySet<Bytes>;
  /** Executions that make no file of the target's name, by make and target. */
  readonly #phonies = new Map<string, Execution[]>();
  readonly #phonyNames = new Set<Bytes>();
  readonly #units: Unit[] = [];
  readonly #unitsOf = new Map<Execution, Unit[]>();
  readonly #byLine = new Map<number, Execution>();
  readonly #notes: string[] = [];

  constructor(dump: MakeDump, options: MakeOptions) {
    this.#dump = dump;
    this.#keepsAll = options.keepsAll !== false;
    this.#notes.push(...(options.notes ?? []));
    this.#executions = executionsOf(dump);
    for (const rule of dump.rules) this.#rules.set(`${rule.make} ${rule.target}`, rule);
    this.#directories = new Set(dump.directories.map((path) => pathFrom(dump.root, path)));
  }

  run(): MakeGraph {
    const executions = new Map(this.#executions.map((e) => [`${e.make.id} ${e.restart} ${e.target}`, e]));
    for (const line of this.#dump.lines) {
      const execution = executions.get(`${line.make} ${line.restart} ${line.target}`);
      if (execution !== undefined) this.#byLine.set(line.id, execution);
    }
    for (const execution of this.#executions) this.#addUnits(execution);
    const joined = joinUnits(this.#units);
    this.#notes.push(...joined.notes);
    for (const unit of joined.units)
      for (const path of [...unit.outputs, ...unit.maybe]) this.#made.add(path);
    for (const execution of this.#executions) {
      if (this.#made.has(execution.path)) continue;
      const key = `${execution.make.id} ${execution.target}`;
      this.#phonies.set(key, [...(this.#phonies.get(key) ?? []), execution]);
    }
    for (const unit of joined.units) this.#addStep(unit);
    for (const [, executed] of this.#phonies) this.#addPhony(executed);
    for (const make of this.#dump.makes.values()) this.#addMake(make);
    this.#notes.push(...lateBound(this.#dump, joined.units));
    this.#addGoals();
    const all = this.#phonyName(0, asBytes("all"));
    this.#builder.add({
      rule: asBytes("phony"),
      outputs: [all],
      inputs: joined.units.flatMap((unit) =>
        [...unit.outputs, ...unit.maybe].map((path) => this.#name(path)),
      ),
      after: [],
      declaredAt: this.#dump.span,
    });
    return { ...this.#builder.finish([all]), dump: this.#dump, notes: this.#notes };
  }

  // ---- units: what will be steps ---------------------------------------------------

  #addUnits(execution: Execution): void {
    const commands = execution.pieces.flatMap((piece) => (piece.kind === "commands" ? [piece.commands] : []));
    const units = commands.flatMap((piece, index): readonly Unit[] => {
      const isLast = index === commands.length - 1;
      const outputs = new Set(piece.also.filter((path) => this.#isFile(path)));
      const isTarget =
        !execution.isPhony &&
        !execution.isLeft &&
        !execution.isAbsent &&
        isLast &&
        !isMadeBelow(execution, piece, this.#executions) &&
        this.#isFile(execution.path);
      if (isTarget) outputs.add(execution.path);
      const maybe = new Set([...piece.written].filter((path) => !outputs.has(path) && this.#isFile(path)));
      if (outputs.size + maybe.size === 0) {
        if (!piece.isFaked && /^(rm|rmdir|mkdir|)$/.test(piece.program)) return [];
        const number = commands.length > 1 ? `.${index + 1}` : "";
        maybe.add(
          pathFrom(
            this.#dump.directory,
            asBytes(`.unravel/made/${execution.make.id}/${safePath(execution.target)}${number}`),
          ),
        );
      }
      const at = execution.pieces.findIndex((p) => p.kind === "commands" && p.commands === piece);
      return [{ execution, commands: [piece], outputs, maybe, index: at }];
    });
    this.#units.push(...units);
    this.#unitsOf.set(execution, units);
  }

  #isFile(path: Bytes): boolean {
    return this.#isInside(path) && !this.#directories.has(path);
  }

  #isInside(path: Bytes): boolean {
    return path.startsWith(`${this.#dump.root}/`);
  }

  // ---- names -------------------------------------------------------------------------

  /** As the graph names files: relative to the build directory where they are in it. */
  #name(path: Bytes): Bytes {
    const { directory } = this.#dump;
    return path.startsWith(`${directory}/`) ? asBytes(path.slice(directory.length + 1)) : path;
  }

  /** Targets of the first make keep their names: people ask for them. */
  #phonyName(make: number, target: Bytes): Bytes {
    const first = this.#dump.makes.get(make);
    const plain =
      first?.line === 0 &&
      make === 1 &&
      !target.startsWith("/") &&
      target !== "" &&
      !/(^|\/)\.{0,2}(\/|$)/.test(target);
    const isFile = this.#phonies.get(`${make} ${target}`)?.some(({ isLeft }) => isLeft) === true;
    const name =
      plain && !isFile && !this.#made.has(pathFrom(this.#dump.directory, target))
        ? target
        : asBytes(`.unravel/make/${make}/${safePath(target)}`);
    this.#phonyNames.add(name);
    return name;
  }

  /** The nodes that a prerequisite stands for: itself, and what a rule without a recipe puts before it. */
  #nodesOf(make: DumpMake, target: Bytes, seen = new Set<string>()): readonly Node[] {
    const key = `${make.id} ${target}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const path = pathFrom(make.directory, target);
    const rule = this.#rules.get(key);
    const file: Node = { kind: "file", name: this.#name(path) };
    const executed = this.#phonies.get(key);
    if (executed !== undefined) {
      const phony: Node = { kind: "phony", name: this.#phonyName(make.id, target) };
      return executed.some(({ isLeft }) => isLeft) ? [file, phony] : [phony];
    }
    if (this.#made.has(path)) return [file];
    const before = [...(rule?.prerequisites ?? []), ...(rule?.orderOnly ?? [])].flatMap((name) =>
      this.#nodesOf(make, name, seen),
    );
    if (rule?.isPhony === true || rule?.isMissing === true) return [this.#rulePhony(make, target, before)];
    // The system's files are the toolchain's; a directory is there when a file in it is.
    if (!this.#isInside(path) || this.#directories.has(path) || target === "") return before;
    return [file, ...(before.length === 0 ? [] : [this.#rulePhony(make, target, before)])];
  }

  /** What make was asked for has a name, also when it has no recipe. */
  #addGoals(): void {
    const first = this.#dump.makes.get(1);
    const given = this.#dump.arguments.filter((word) => !word.startsWith("-") && !word.includes("="));
    for (const goal of given.length === 0 ? [asBytes("all")] : given) {
      const rule = this.#rules.get(`1 ${goal}`);
      if (first === undefined || rule === undefined || this.#phonies.has(`1 ${goal}`)) continue;
      if (this.#made.has(pathFrom(first.directory, goal))) continue;
      const before = [...rule.prerequisites, ...rule.orderOnly].flatMap((name) => this.#nodesOf(first, name));
      this.#phony(this.#phonyName(1, goal), namesOf(before), first);
    }
  }

  readonly #rulePhonies = new Map<Bytes, Node>();

  #rulePhony(make: DumpMake, target: Bytes, before: readonly Node[]): Node {
    const name = asBytes(`.unravel/make/${make.id}/${safePath(target)}`);
    const known = this.#rulePhonies.get(name);
    if (known !== undefined) return known;
    const node: Node = { kind: "phony", name };
    this.#rulePhonies.set(name, node);
    this.#builder.add({
      rule: asBytes("phony"),
      outputs: [name],
      inputs: namesOf(before).filter((other) => other !== name),
      after: [],
      declaredAt: this.#rules.get(`${make.id} ${target}`)?.span ?? make.span,
    });
    return node;
  }

  #needsOf(execution: Execution): readonly Node[] {
    const { make, prerequisites, orderOnly } = execution;
    return [...prerequisites, ...orderOnly].flatMap((name) => this.#nodesOf(make, name));
  }

  // ---- steps -------------------------------------------------------------------------

  #addStep(unit: Unit): void {
    const { execution } = unit;
    const own = new Set([...unit.outputs, ...unit.maybe].map((path) => this.#name(path)));
    const inputs: Bytes[] = [];
    const after: Bytes[] = [];
    for (const from of [execution, ...(unit.joined ?? [])]) {
      for (const name of from.prerequisites) {
        for (const node of this.#nodesOf(from.make, name)) {
          if (node?.kind === "file") inputs.push(node.name);
          else if (node !== undefined) after.push(node.name);
        }
      }
      for (const name of from.orderOnly) after.push(...namesOf(this.#nodesOf(from.make, name)));
    }
    for (const piece of execution.pieces.slice(0, unit.index)) {
      if (piece.kind === "makes") for (const make of piece.makes) after.push(this.#endOf(make));
      else
        for (const other of this.#unitsOf.get(execution) ?? [])
          if (other.commands[0] === piece.commands)
            after.push(...[...other.outputs, ...other.maybe].map((path) => this.#name(path)));
    }
    after.push(this.#beginOf(execution));
    const outputs = [...unit.outputs].map((path) => this.#name(path));
    const maybe = [...unit.maybe].map((path) => this.#name(path)).sort(compareBytes);
    const [first] = unit.commands;
    this.#builder.add({
      rule: first?.program === "" || first === undefined ? asBytes("recipe") : first.program,
      outputs: [...outputs, ...maybe],
      inputs: inputs.filter((name) => !own.has(name)),
      after: after.filter((name) => !own.has(name)),
      recipe: this.#recipeOf(unit, outputs, maybe),
      declaredAt: execution.span,
    });
  }

  #recipeOf(unit: Unit, outputs: readonly Bytes[], maybe: readonly Bytes[]): Recipe {
    const [first] = unit.commands;
    const lines: CommandLine[] = unit.commands.flatMap((commands) => commands.lines);
    return {
      command: commandText(lines, {
        directory: this.#relative(first?.directory ?? this.#dump.directory),
        environment: this.#environment(first),
      }),
      description: asBytes(""),
      pool: asBytes(""),
      restat: false,
      generator: false,
      directories: directoriesOf(unit).filter((path) => path !== this.#dump.root),
      // `check` and the like need not be files.
      guessedOutputs: [...outputs.filter((name) => !baseOf(name).includes(".")), ...maybe].map((name) =>
        this.#builder.fileNamed(name),
      ),
      ...(this.#keepsAll ? { keepsAll: true } : {}),
      ...(unit.note === undefined ? {} : { note: unit.note }),
    };
  }

  #environment(commands: Commands | undefined): DumpEnvironment {
    return this.#dump.environments.get(commands?.environment ?? 0) ?? { set: [], unset: [] };
  }

  #relative(directory: Bytes): Bytes {
    const from = this.#dump.directory;
    if (directory === from) return asBytes("");
    if (directory.startsWith(`${from}/`)) return asBytes(directory.slice(from.length + 1));
    return directory;
  }

  // ---- makes -------------------------------------------------------------------------

  /** What is there before any recipe of the execution's make runs. */
  #beginOf(execution: Execution): Bytes {
    const { make, restart } = execution;
    return asBytes(`.unravel/make/${make.id}/${restart === 0 ? "-begin" : `-begin-${restart}`}`);
  }

  #endOf(make: DumpMake): Bytes {
    return asBytes(`.unravel/make/${make.id}/-end`);
  }

  #addMake(make: DumpMake): void {
    const executions = this.#executions.filter((execution) => execution.make === make);
    const begin = asBytes(`.unravel/make/${make.id}/-begin`);
    this.#phony(begin, this.#beforeMake(make), make);
    const restarts = [...new Set(executions.map(({ restart }) => restart))].sort((a, b) => a - b);
    for (const restart of restarts) {
      if (restart === 0) continue;
      // Make read its makefiles again: what it made before that is there for all that follows.
      const earlier = executions.filter((execution) => execution.restart < restart);
      this.#phony(
        asBytes(`.unravel/make/${make.id}/-begin-${restart}`),
        [begin, ...earlier.flatMap((execution) => this.#resultOf(execution))],
        make,
      );
    }
    this.#phony(
      this.#endOf(make),
      executions.flatMap((execution) => this.#resultOf(execution)),
      make,
    );
  }

  #phony(name: Bytes, inputs: readonly Bytes[], make: DumpMake): void {
    this.#builder.add({
      rule: asBytes("phony"),
      outputs: [name],
      inputs,
      after: [],
      declaredAt: make.span,
    });
  }

  #beforeMake(make: DumpMake): readonly Bytes[] {
    const parent = this.#byLine.get(make.line);
    if (parent === undefined) return [];
    const index = parent.pieces.findIndex((piece) => piece.kind === "makes" && piece.makes.includes(make));
    const own = new Set<Bytes>();
    for (const unit of this.#unitsOf.get(parent) ?? [])
      if (unit.index < index) for (const path of [...unit.outputs, ...unit.maybe]) own.add(this.#name(path));
    const makes = parent.pieces
      .slice(0, index)
      .flatMap((piece) => (piece.kind === "makes" ? piece.makes.map((other) => this.#endOf(other)) : []));
    // One line may start several makes, one after the other.
    const piece = parent.pieces[index];
    const siblings =
      piece?.kind === "makes"
        ? piece.makes.slice(0, piece.makes.indexOf(make)).map((other) => this.#endOf(other))
        : [];
    return [...namesOf(this.#needsOf(parent)), ...own, ...makes, ...siblings, this.#beginOf(parent)];
  }

  /** Everything that an execution leaves behind. */
  #resultOf(execution: Execution): readonly Bytes[] {
    const names = (this.#unitsOf.get(execution) ?? []).flatMap((unit) =>
      [...unit.outputs, ...unit.maybe].filter((path) => this.#made.has(path)).map((path) => this.#name(path)),
    );
    const makes = execution.pieces.flatMap((piece) =>
      piece.kind === "makes" ? piece.makes.map((make) => this.#endOf(make)) : [],
    );
    return [...names, ...makes];
  }

  #addPhony(executed: readonly Execution[]): void {
    const [first] = executed;
    if (first === undefined) return;
    this.#builder.add({
      rule: asBytes("phony"),
      outputs: [this.#phonyName(first.make.id, first.target)],
      inputs: executed.flatMap((execution) => [
        ...namesOf(this.#needsOf(execution)),
        ...this.#resultOf(execution),
      ]),
      after: [],
      declaredAt: first.span,
    });
  }
}

function namesOf(nodes: readonly Node[]): readonly Bytes[] {
  return nodes.flatMap((node) => (node === undefined ? [] : [node.name]));
}
