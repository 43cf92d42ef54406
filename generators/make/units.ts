// Recipes that write the same files become one step: two derivations cannot have one file, and what make ran one
// after the other would be a race.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import type { Commands, Execution } from "./executions.ts";

/** What will be one step. */
export interface Unit {
  readonly execution: Execution;
  /** Executions that were joined to it. */
  readonly joined?: readonly Execution[];
  readonly commands: readonly Commands[];
  /** Absolute paths that it makes for sure. */
  readonly outputs: ReadonlySet<Bytes>;
  /** Absolute paths that its text names as written. */
  readonly maybe: ReadonlySet<Bytes>;
  /** Which piece of the execution it is. */
  readonly index: number;
  /** Why it is not one recipe. */
  readonly note?: Bytes;
}

export interface JoinedUnits {
  readonly units: readonly Unit[];
  readonly notes: readonly string[];
}

export function joinUnits(units: readonly Unit[]): JoinedUnits {
  const notes: string[] = [];
  const result: (Unit | undefined)[] = [];
  const owners = new Map<Bytes, number>();
  const texts = new Map<string, number>();
  for (const unit of units) {
    const text = textOf(unit);
    const same = texts.get(text);
    const known = same === undefined ? undefined : result[same];
    // One recipe for several targets (a rule without `&:`), or two makes that build the same file: it runs once.
    if (same !== undefined && known !== undefined && !dependsOn(unit, known)) {
      const isSameTarget = known.execution.path === unit.execution.path;
      result[same] = {
        ...known,
        outputs: union(known.outputs, unit.outputs),
        maybe: minus(union(known.maybe, unit.maybe), union(known.outputs, unit.outputs)),
        ...(isSameTarget ? {} : { joined: [...(known.joined ?? []), unit.execution] }),
      };
      for (const path of [...unit.outputs, ...unit.maybe]) if (!owners.has(path)) owners.set(path, same);
      continue;
    }
    const owner = [...unit.outputs].map((path) => owners.get(path)).find((index) => index !== undefined);
    const before = owner === undefined ? undefined : result[owner];
    if (owner !== undefined && before !== undefined) {
      const path = [...unit.outputs].find((output) => owners.get(output) === owner) ?? asBytes("");
      const note = `${quoted(path)} is written by two recipes: both run in one step, one after the other`;
      notes.push(note);
      result[owner] = {
        ...before,
        joined: [...(before.joined ?? []), unit.execution],
        commands: [...before.commands, ...unit.commands],
        outputs: union(before.outputs, unit.outputs),
        maybe: minus(union(before.maybe, unit.maybe), union(before.outputs, unit.outputs)),
        note: asBytes(note),
      };
      for (const output of [...unit.outputs, ...unit.maybe])
        if (!owners.has(output)) owners.set(output, owner);
      continue;
    }
    const index = result.length;
    texts.set(text, index);
    for (const path of unit.outputs) owners.set(path, index);
    result.push(unit);
  }
  // What a text alone says is written belongs to who makes it for sure, or else to the first.
  const sure = new Set(result.flatMap((unit) => (unit === undefined ? [] : [...unit.outputs])));
  const claimed = new Set<Bytes>();
  const list = result.flatMap((unit) => {
    if (unit === undefined) return [];
    const maybe = new Set([...unit.maybe].filter((path) => !sure.has(path) && !claimed.has(path)));
    for (const path of maybe) claimed.add(path);
    return [{ ...unit, maybe }];
  });
  return { units: list, notes };
}

/** Where the commands run, and hidden directories beside outputs that they name (`.deps`, `.libs`): make made them. */
export function directoriesOf(unit: Unit): readonly Bytes[] {
  const found = new Set(unit.commands.map(({ directory }) => directory));
  const hidden = new Set<string>();
  for (const { lines } of unit.commands)
    for (const { text } of lines)
      for (const [, name = ""] of text.matchAll(/(?:^|[\s'"|=/])(\.[A-Za-z]\w*)\//g)) hidden.add(name);
  for (const path of [...unit.outputs, ...unit.maybe]) {
    const parent = path.slice(0, path.lastIndexOf("/"));
    for (const name of hidden) found.add(asBytes(`${parent}/${name}`));
  }
  return [...found].sort(compareBytes);
}

function textOf({ commands, execution }: Unit): string {
  return `${execution.make.directory}\0${commands
    .map(({ lines, environment }) => `${environment}\0${lines.map((line) => line.text).join("\0")}`)
    .join("\0")}`;
}

function dependsOn(unit: Unit, other: Unit): boolean {
  return [...unit.execution.prerequisites, ...unit.execution.orderOnly].includes(other.execution.target);
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...a, ...b]);
}

function minus<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...a].filter((item) => !b.has(item)));
}
