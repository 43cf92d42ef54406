// Files about a make as a build graph: a dump, or what make and kbuild print themselves and how much of it is enough.

import { type Bytes, quoted } from "../../graph/bytes.ts";
import { failAt } from "./error.ts";
import { isKbuildCommand, type NamedText, readKbuildCommands } from "./kbuild-commands.ts";
import { graphOfDump, type MakeGraph } from "./load.ts";
import { parseDump } from "./parse.ts";
import { isTrace, readTrace } from "./trace.ts";

/** Throws InputError when the dump is not whole. `file` names it in messages. */
export function loadMake(text: Bytes, file: Bytes): MakeGraph {
  return graphOfDump(parseDump(text, file));
}

/** Likewise, of a dump that must be of this directory; or the output of `make -Bnp --trace`, or `.cmd` files of kbuild. */
export function loadMakeAt(text: Bytes, file: Bytes, directory: Bytes): MakeGraph {
  if (!text.startsWith("unravel make dump ")) {
    if (isKbuildCommand(text)) return loadKbuildCommands([{ file, text }], directory);
    if (isTrace(text)) {
      const { dump, notes } = readTrace(text, file, directory);
      return graphOfDump(dump, { notes });
    }
  }
  const dump = parseDump(text, file);
  if (dump.directory !== directory) {
    failAt(
      "make/other-directory",
      `the dump is of ${quoted(dump.directory)}, and this is ${quoted(directory)}`,
      dump.span,
      "capture the build in this directory, or name the other one with -C",
    );
  }
  return graphOfDump(dump);
}

/** `.cmd` files of a kernel that was built in `directory`. */
export function loadKbuildCommands(files: readonly NamedText[], directory: Bytes): MakeGraph {
  const { dump, notes } = readKbuildCommands(files, directory);
  return graphOfDump(dump, { notes });
}
