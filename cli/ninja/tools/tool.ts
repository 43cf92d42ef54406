// What a tool (`-t NAME`) is given, and what the tools share.

import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import type { Disk } from "../disk.ts";
import { wordsOf } from "../failure.ts";
import { type GivenOption, OptionReader, type OptionSpec } from "../getopt.ts";
import type { BuildLog, DepsLog } from "../log.ts";
import type { Node } from "../node.ts";
import type { Print } from "../print.ts";
import type { State } from "../state.ts";

/** What earlier builds left, as far as tools look at it or tidy it. */
export interface Memory {
  readonly buildLog: BuildLog & { readonly outputs: () => Iterable<Bytes> };
  readonly depsLog: DepsLog;
  /** Forgets what the manifest does not know any more. */
  readonly recompact: (state: State) => void;
  /** Takes outputs, all or some, to be up to date as they are. */
  readonly restat: (outputs: readonly Bytes[]) => void;
}

export interface ToolContext {
  readonly state: State;
  readonly disk: Disk;
  readonly memory: Memory;
  /** The working directory, absolute. */
  readonly directory: Bytes;
  readonly isDryRun: boolean;
  readonly isVerbose: boolean;
  readonly print: Print;
}

/** Returns the exit code. */
export type Tool = (context: ToolContext, args: readonly Bytes[]) => number;

export interface ToolArguments {
  readonly options: readonly GivenOption[];
  readonly operands: readonly Bytes[];
}

/** `undefined` after the usage was printed: it was asked for, or an option is wrong. Then the exit code is 1. */
export function readOptions(
  name: string,
  args: readonly Bytes[],
  spec: OptionSpec,
  usage: string,
  print: Print,
): ToolArguments | undefined {
  const reader = new OptionReader(args, spec, name);
  const options: GivenOption[] = [];
  for (let option = reader.read(); option !== undefined; option = reader.read()) {
    if (option.complaint !== undefined) print.complain(asBytes(option.complaint));
    if (option.key === "?" || option.key === "h") {
      print.out(usage);
      return undefined;
    }
    options.push(option);
  }
  return { options, operands: reader.operands().map(asBytes) };
}

/** Reads the dyndep file behind a node if it was not read yet; what is wrong with it is a warning. */
export function tryLoadDyndep(
  node: Node | undefined,
  { state, disk, print }: ToolContext,
  warns: boolean,
): void {
  if (node?.isDyndepPending !== true) return;
  try {
    state.loadDyndep(node, (path) => disk.readFile(path));
  } catch (error) {
    const words = wordsOf(error);
    if (words === undefined) throw error;
    // Ninja's own line end makes it two.
    if (warns) print.warning(`${words}\n`);
  }
}
