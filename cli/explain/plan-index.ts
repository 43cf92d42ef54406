// A plan to look things up in: who makes a path, who reads it, what depends on what.

import type { Plan, PlannedStep } from "../../emit/plan/plan.ts";
import { asBytes, type Bytes, fromText, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export class PlanIndex {
  readonly plan: Plan;
  readonly #makers = new Map<Bytes, number>();
  readonly #users: readonly Set<number>[];
  readonly #readers = new Map<Bytes, number[]>();

  constructor(plan: Plan) {
    this.plan = plan;
    this.#users = plan.steps.map(() => new Set());
    for (const [index, step] of plan.steps.entries()) {
      for (const { path } of step.outputs) this.#makers.set(path, index);
      for (const { step: input } of step.inputs) this.#users[input]?.add(index);
      for (const file of [...step.sources, ...step.ownSources]) {
        const path = plan.files[file] ?? asBytes("");
        const readers = this.#readers.get(path);
        if (readers === undefined) this.#readers.set(path, [index]);
        else readers.push(index);
      }
    }
  }

  step(index: number): PlannedStep {
    const step = this.plan.steps[index];
    if (step === undefined) throw new Error(`no step ${index}`);
    return step;
  }

  /** The step that makes a path relative to the root. */
  makerOf(path: Bytes): number | undefined {
    return this.#makers.get(path);
  }

  /** Steps that read a source, in order. */
  readersOf(path: Bytes): readonly number[] {
    return this.#readers.get(path) ?? [];
  }

  /** Steps that read what one makes, in order. */
  usersOf(step: number): readonly number[] {
    return [...(this.#users[step] ?? [])].sort((a, b) => a - b);
  }

  /** Everything that depends on some steps, and they themselves, in order. */
  dependentsOf(steps: Iterable<number>): readonly number[] {
    const found = new Set(steps);
    const queue = [...found];
    for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
      for (const user of this.usersOf(step)) {
        if (found.has(user)) continue;
        found.add(user);
        queue.push(user);
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  /** A shortest way from a step up to one that nobody uses, or that is asked for: first the step itself. */
  wayUp(step: number, wanted: ReadonlySet<number>): readonly number[] {
    const from = new Map<number, number | undefined>([[step, undefined]]);
    for (const at of from.keys()) {
      const users = this.usersOf(at);
      if (wanted.has(at) || users.length === 0) {
        const way: number[] = [];
        for (let next: number | undefined = at; next !== undefined; next = from.get(next)) way.unshift(next);
        return way;
      }
      for (const user of users) if (!from.has(user)) from.set(user, at);
    }
    return [step];
  }
}

/** Fails when a path is neither made nor read by the plan. */
export function failUnknownPath(target: string, index: PlanIndex): never {
  const base = target.slice(target.lastIndexOf("/") + 1);
  const known = [
    ...index.plan.files,
    ...index.plan.steps.flatMap((step) => step.outputs.map(({ path }) => path)),
  ];
  const close = known.filter((path) => path.endsWith(base) && base !== "").slice(0, 3);
  return fail({
    code: "graph/no-such-target",
    message: `${quoted(fromText(target))} is nothing that the plan makes or reads`,
    hint:
      close.length > 0
        ? `did you mean ${close.map(quoted).join(" or ")}? Paths are relative to the build directory`
        : "`unravel plan` shows the steps; name targets that are not built by default after the path",
  });
}
