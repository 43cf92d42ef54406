// Several who look on, and who was built.

import type { Plan } from "../../emit/plan/plan.ts";
import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import type { BuildObserver } from "./observer.ts";

export function observers(...all: readonly (BuildObserver | undefined)[]): BuildObserver {
  const present = all.filter((observer) => observer !== undefined);
  return {
    planned: (...event) => {
      for (const observer of present) observer.planned(...event);
    },
    started: (...event) => {
      for (const observer of present) observer.started(...event);
    },
    event: (...event) => {
      for (const observer of present) observer.event(...event);
    },
    finished: (...event) => {
      for (const observer of present) observer.finished(...event);
    },
  };
}

/** Collects the names of steps whose command ran, in all phases. */
export function builtNames(into: Set<Bytes>): BuildObserver {
  let plan: Plan | undefined;
  return {
    planned: (next) => {
      plan = next;
    },
    started: () => undefined,
    event: () => undefined,
    finished: (step, end) => {
      const name = plan?.steps[step]?.name;
      if (name !== undefined && end !== "cut-off") into.add(name);
    },
  };
}

/** A line of JSON for whatever happens: `{"event":"started","step":"CC a.o",...}`. */
export function jsonEvents(print: (line: string) => void, now: () => number): BuildObserver {
  let plan: Plan | undefined;
  const start = now();
  const emit = (event: string, step: number, more: object): void => {
    const label = toText(plan?.steps[step]?.label ?? asBytes(""));
    const output = toText(plan?.steps[step]?.outputs[0]?.path ?? asBytes(""));
    print(`${JSON.stringify({ event, step: label, output, ms: now() - start, ...more })}\n`);
  };
  return {
    planned: (next, _, needed) => {
      plan = next;
      const counts = { steps: next.steps.length, toRun: needed.size, complete: next.isComplete };
      print(`${JSON.stringify({ event: "planned", ms: now() - start, ...counts })}\n`);
    },
    started: (step, lane) => emit("started", step, { lane }),
    event: (step, event) => {
      if (event.kind === "log-line") emit("output", step, { line: toText(event.line) });
    },
    finished: (step, end, message) => emit(end, step, message === "" ? {} : { message }),
  };
}
