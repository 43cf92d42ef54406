// Steps of a build while they are gathered from plans and events, known by a name; then a record with numbers.

import type { BuildRecord, BuildStep, StepState } from "./build-record.ts";

export interface Draft {
  readonly label: string;
  readonly kind: string;
  derivation: string;
  readonly command: string;
  readonly outputs: readonly string[];
  /** Paths relative to the root. */
  readonly sources: ReadonlySet<string>;
  /** Names of steps. */
  readonly inputs: Set<string>;
  state: StepState;
  start: number;
  end: number;
  lane: number;
  /** What the compiler read, relative to the root. */
  read: ReadonlySet<string> | undefined;
  readonly log: string[];
}

/** @param duration the end of what is known: that of steps which never ended */
export function stepsOf(
  drafts: ReadonlyMap<string, Draft>,
  duration: number,
): Pick<BuildRecord, "files" | "steps"> {
  const ordered = inOrder(drafts);
  const numberOf = new Map(ordered.map(([name], index) => [name, index]));
  const files = [...new Set(ordered.flatMap(([, { sources }]) => [...sources]))].sort();
  const fileNumber = new Map(files.map((file, index) => [file, index]));
  const numbers = (names: Iterable<string>, table: ReadonlyMap<string, number>): readonly number[] =>
    [...names].flatMap((name) => table.get(name) ?? []).sort((a, b) => a - b);
  const steps = ordered.map(([, draft]): BuildStep => {
    const { sources, inputs, read, end, ...rest } = draft;
    const unread = read === undefined ? undefined : [...sources].filter((source) => !read.has(source));
    return {
      ...rest,
      sources: numbers(sources, fileNumber),
      inputs: numbers(inputs, numberOf),
      // It never ended, or it was not the command that ran.
      end: draft.state === "running" ? duration : end,
      unread: unread === undefined ? undefined : numbers(unread, fileNumber),
    };
  });
  return { files, steps };
}

/** Inputs before users, whatever phases they are of; as they come otherwise. */
function inOrder(drafts: ReadonlyMap<string, Draft>): readonly (readonly [string, Draft])[] {
  const done = new Set<string>();
  const ordered: (readonly [string, Draft])[] = [];
  for (const first of drafts.keys()) {
    const stack = [first];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const draft = drafts.get(top);
      const before = [...(draft?.inputs ?? [])].filter((input) => !done.has(input) && drafts.has(input));
      if (done.has(top) || before.length === 0) {
        stack.pop();
        if (!done.has(top) && draft !== undefined) ordered.push([top, draft]);
        done.add(top);
      } else {
        // The way down to a step is never longer than there are steps, unless it is a circle.
        if (stack.length > 10 * drafts.size + 10) throw new TypeError("steps need each other");
        stack.push(...before);
      }
    }
  }
  return ordered;
}
