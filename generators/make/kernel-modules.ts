// Modules of a kernel: their list, and what modpost reads and writes without a recipe naming it (their objects, the
// sources it makes for them, and with MODVERSIONS the checksums of symbols, which kbuild keeps in `.cmd` files).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { DumpLine } from "./dump.ts";
import { pathFrom } from "./executions.ts";

/** A line that computes checksums of the exported symbols of an object, behind its compile. */
const checksums = /\|\s*scripts\/genksyms\/genksyms\b[^;]*>>\s*(\S+\.o)\.cmd\b/;

/** Lines of a dump with what modpost has to do with them; `also` of its own line is what the capture found out. */
export function moduleLines(lines: readonly DumpLine[]): readonly DumpLine[] {
  const modpost = lines.find(({ command }) => /scripts\/mod\/modpost\s.*-T\s+-/.test(command));
  if (modpost === undefined) return lines;
  const hasVersions = /\s-m\s/.test(modpost.command);
  const isVersioned = (line: DumpLine): boolean => hasVersions && checksums.test(line.command);
  const modules = modpost.also.filter((path) => path.endsWith(".mod.c")).map((path) => path.slice(0, -6));
  const objects = modules.map((path) => asBytes(`${path}.o`));
  const notes = hasVersions
    ? [
        ...modules.map((path) => asBytes(`${path}.mod`)),
        asBytes(".vmlinux.objs"),
        ...notesOf(lines, modpost, objects),
      ]
    : [];
  return lines.map((line): DumpLine => {
    if (line === modpost) {
      return {
        ...line,
        prerequisites: [...new Set([...line.prerequisites, ...objects, ...notes])],
        command: asBytes(`${versionCheck}${hasVersions ? emptyNotes : ""}${line.command}`),
      };
    }
    if (!isVersioned(line)) return line;
    const note = noteOf(line);
    // modpost looks for a line's end before a checksum.
    return { ...line, also: [...line.also, note], command: asBytes(`echo > ${note}; ${line.command}`) };
  });
}

/** modpost would look for a module's sources in `.cmd` files, and leave the module's version out without them. */
const versionCheck = `for object in $(sed 's/ko$/o/' modules.order); do
  if tr '\\0' '\\n' < "$object" | grep -aq '^version='; then
    echo "$object has a MODULE_VERSION, for which modpost reads sources: not supported, build it in (=y)" >&2
    exit 1
  fi
done
`;

/** Objects that are no step's with checksums (assembler, archives of objects) have nothing to say: modpost wants the file. */
const emptyNotes = `cat .vmlinux.objs $(sed 's/ko$/mod/' modules.order) | while read -r object; do
  note=\${object%/*}/.\${object##*/}.cmd
  [ -e "$note" ] || echo > "$note"
done
`;

function noteOf({ command }: DumpLine): Bytes {
  return asBytes(`${checksums.exec(command)?.[1] ?? ""}.cmd`);
}

const order = /^set -e;\s*\{((?:\s*(?:echo|cat) [\w./+=@,-]+;)*)\s*:;\s*\} > (\S*modules\.order)$/;

/**
 * Each directory lists its modules and then the lists of those below it, and only the last list is read. It is one line
 * of text, known at once: hundreds of steps less.
 */
export function orderLines(lines: readonly DumpLine[]): readonly DumpLine[] {
  const items = new Map<Bytes, readonly Bytes[]>();
  const read = new Set<Bytes>();
  for (const { command, directory } of lines) {
    const [, words = "", file = ""] = order.exec(command) ?? [];
    if (file === "") continue;
    const listed = [...words.matchAll(/(echo|cat) ([^;]+);/g)].flatMap(([, program, name = ""]) => {
      if (program === "echo") return [asBytes(name)];
      const path = pathFrom(directory, asBytes(name));
      read.add(path);
      return items.get(path) ?? [asBytes("")];
    });
    // A list that was not there before its reader, or is made in another way, stays what it is.
    if (listed.includes(asBytes(""))) return lines;
    items.set(pathFrom(directory, asBytes(file)), listed);
  }
  return lines.map((line): DumpLine => {
    const file = order.exec(line.command)?.[2];
    if (file === undefined) return line;
    const path = pathFrom(line.directory, asBytes(file));
    if (read.has(path)) return { ...line, prerequisites: [], command: asBytes(":") };
    const text = (items.get(path) ?? []).map((name) => ` ${name}`).join("");
    return {
      ...line,
      prerequisites: [],
      command: asBytes(text === "" ? `printf '' > ${file}` : `printf '%s\\n'${text} > ${file}`),
    };
  });
}

/** The checksums of all objects that are in the kernel or in a module: not those of boot code, which comes after. */
function notesOf(lines: readonly DumpLine[], modpost: DumpLine, modules: readonly Bytes[]): readonly Bytes[] {
  const byPath = new Map<Bytes, DumpLine[]>();
  for (const line of lines) {
    const path = pathFrom(line.directory, line.target);
    const known = byPath.get(path);
    if (known === undefined) byPath.set(path, [line]);
    else known.push(line);
  }
  const found: Bytes[] = [];
  const seen = new Set<Bytes>();
  const queue = [...modpost.prerequisites, ...modules].map((path) => pathFrom(modpost.directory, path));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const line of byPath.get(path) ?? []) {
      if (checksums.test(line.command)) found.push(noteOf(line));
      for (const name of line.prerequisites)
        if (/\.[oa]$/.test(name)) queue.push(pathFrom(line.directory, name));
    }
  }
  return found;
}
