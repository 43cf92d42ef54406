// Archives of a kernel's directories: thin, with the directory's objects and the archives of the directories below it,
// in whose places ar puts what they list. So what the last one lists is known at once, and one that only others list
// need not be made: a third of a kernel's steps, each waiting for the one below it.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { DumpLine } from "./dump.ts";
import { pathFrom } from "./executions.ts";

/** kbuild's cmd_ar_builtin, and what it was before it kept lines short. */
const archiving =
  /^set -e;\s*rm -f (\S+);\s*(?:printf "([\w./+=@,:-]*)%s "((?:\s+[\w./+=@,:-]+)+)\s*\|\s*xargs )?(\S*\bar) cDPrST (\S+)((?:\s+[\w./+=@,:-]+)*)$/;

interface Archive {
  readonly program: string;
  readonly directory: Bytes;
  /** Paths relative to the directory in which the line runs. */
  readonly members: readonly Bytes[];
  /** Absolute paths of the archives whose members took their places. */
  readonly opened: readonly Bytes[];
}

/** Lines of a dump whose last archives list objects alone; `wanted` are absolute paths that are asked for by name. */
export function archiveLines(lines: readonly DumpLine[], wanted: ReadonlySet<Bytes>): readonly DumpLine[] {
  const archives = new Map<Bytes, Archive>();
  const archiveOf = new Map<DumpLine, Archive>();
  for (const line of lines) {
    const archive = readArchive(line, archives);
    if (archive === undefined) continue;
    archives.set(pathFrom(line.directory, line.target), archive);
    archiveOf.set(line, archive);
  }
  const read = new Set(wanted);
  for (const line of lines) {
    const names = archiveOf.get(line)?.members ?? [...line.prerequisites, ...line.orderOnly];
    for (const name of names) read.add(pathFrom(line.directory, name));
  }
  const opened = new Set([...archiveOf.values()].flatMap((archive) => archive.opened));
  return lines.map((line): DumpLine => {
    const archive = archiveOf.get(line);
    if (archive === undefined) return line;
    const path = pathFrom(line.directory, line.target);
    if (opened.has(path) && !read.has(path)) return { ...line, prerequisites: [], command: asBytes(":") };
    const others = line.prerequisites.filter(
      (name) => !archive.opened.includes(pathFrom(line.directory, name)),
    );
    const file = line.target;
    const names = archive.members.length === 0 ? "''" : archive.members.join(" ");
    return {
      ...line,
      prerequisites: [...new Set([...others, ...archive.members])],
      command: asBytes(
        `set -e; rm -f ${file}; printf '%s ' ${names} | xargs ${archive.program} cDPrST ${file}`,
      ),
    };
  });
}

/** `before` are the archives of earlier lines: what they list takes the place of their names. */
function readArchive(
  { command, directory, target }: DumpLine,
  before: ReadonlyMap<Bytes, Archive>,
): Archive | undefined {
  const [, removed, prefix = "", short = "", program = "", file, long = ""] = archiving.exec(command) ?? [];
  if (removed !== target || file !== target || (short !== "" && long !== "")) return undefined;
  const opened: Bytes[] = [];
  const names = `${short}${long}`.split(/\s+/).filter((name) => name !== "");
  const members = names.flatMap((name): readonly (Bytes | undefined)[] => {
    const path = pathFrom(directory, asBytes(`${prefix}${name}`));
    const archive = before.get(path);
    if (archive?.directory === directory && archive.program === program) {
      opened.push(path);
      return archive.members;
    }
    return [path.startsWith(`${directory}/`) ? asBytes(path.slice(directory.length + 1)) : undefined];
  });
  const known = members.filter((member) => member !== undefined);
  return known.length === members.length ? { program, directory, members: known, opened } : undefined;
}
