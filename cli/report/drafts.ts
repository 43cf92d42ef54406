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
  const steps = ordered.map(([, draft], index): BuildStep => {
    const { sources, inputs, read, end, ...rest } = draft;
    const unread = read === undefined ? undefined : [...sources].filter((source) => !read.has(source));
    return {
      ...rest,
      sources: numbers(sources, fileNumber),
      // A log may say what cannot be; a step that would come before its inputs is shown without them.
      inputs: numbers(inputs, numberOf).filter((input) => input < index),
      // It never ended, or it was not the command that ran.
      end: draft.state === "running" ? duration : end,
      unread: unread === undefined ? undefined : numbers(unread, fileNumber),
    };
  });
  return { files, steps };
}

/** Inputs before users, whatever phases they are of; as they come otherwise, and where steps need each other. */
function inOrder(drafts: ReadonlyMap<string, Draft>): readonly (readonly [string, Draft])[] {
  const seen = new Set<string>();
  const ordered: (readonly [string, Draft])[] = [];
  const stack: { readonly name: string; readonly draft: Draft; readonly inputs: Iterator<string> }[] = [];
  const enter = (name: string): void => {
    const draft = drafts.get(name);
    if (draft === undefined || seen.has(name)) return;
    seen.add(name);
    stack.push({ name, draft, inputs: draft.inputs.values() });
  };
  for (const first of drafts.keys()) {
    enter(first);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.inputs.next();
      if (input.done !== true) enter(input.value);
      else {
        stack.pop();
        ordered.push([top.name, top.draft]);
      }
    }
  }
  return ordered;
}
