// Text that make computed from files which a capture does not make: `$(shell wc -c < image)` in a recipe. What it
// saw was an empty file.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { splitShell } from "../../graph/shell-words.ts";
import type { MakeDump } from "./dump.ts";
import { pathFrom } from "./executions.ts";
import type { Unit } from "./units.ts";

/** A note for each `$(shell)` that reads a file whose recipe was not run. */
export function lateBound(dump: MakeDump, units: readonly Unit[]): readonly string[] {
  const faked = new Set<Bytes>();
  for (const unit of units) {
    if (unit.commands.every(({ isFaked }) => isFaked)) for (const path of unit.outputs) faked.add(path);
  }
  const notes = new Set<string>();
  for (const { make, target, command } of dump.functions) {
    const directory = dump.makes.get(make)?.directory ?? dump.directory;
    for (const path of readBy(command, directory)) {
      if (!faked.has(path)) continue;
      const by = target === undefined ? "a makefile" : `the recipe of ${quoted(target)}`;
      notes.add(
        `${by} asks the shell about ${quoted(path)}, which was not there when it was captured: \`${command.slice(0, 200)}\``,
      );
    }
  }
  return [...notes];
}

/** Arguments and input redirections; the program itself is a word that says nothing (`git describe`). */
function readBy(command: Bytes, directory: Bytes): readonly Bytes[] {
  const paths: Bytes[] = [];
  for (const item of splitShell(command)) {
    if (item.kind !== "command") continue;
    for (const { text } of item.words.slice(1)) if (!text.startsWith("-")) paths.push(text);
    for (const { operator, target } of item.redirects) if (operator.includes("<")) paths.push(target.text);
  }
  return paths.filter((path) => path !== "").map((path) => pathFrom(directory, asBytes(path)));
}
