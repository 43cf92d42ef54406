// The order in which steps are handed to Nix, on random graphs.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Schedule } from "../../../cli/host/schedule.ts";
import type { Plan, PlannedStep } from "../../../emit/plan/plan.ts";

/** A plan of which only the inputs of steps matter; `needs[i]` are numbers below i. */
function planOf(needs: readonly (readonly number[])[]): Plan {
  const steps = needs.map((inputs) => ({
    inputs: inputs.map((step) => ({ step, output: 0 })),
  })) as unknown as readonly PlannedStep[];
  return { steps } as Plan;
}

const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 })
  .map((rows) => rows.map((row, index) => (index === 0 ? [] : [...new Set(row.map((n) => n % index))])));

const everything = (needs: readonly unknown[]): ReadonlySet<number> => new Set(needs.keys());

describe("a schedule", () => {
  it("runs every step once, after its inputs, however many run at a time", () => {
    fc.assert(
      fc.property(
        graphs,
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat()),
        (needs, jobs, choices) => {
          const schedule = new Schedule(planOf(needs), everything(needs));
          const finished = new Set<number>();
          const running: number[] = [];
          while (schedule.open > 0) {
            while (running.length < jobs) {
              const step = schedule.take();
              if (step === undefined) break;
              for (const input of needs[step] ?? []) expect(finished.has(input)).toBe(true);
              running.push(step);
            }
            expect(running.length).toBeGreaterThan(0);
            const [choice = 0] = choices.take(1);
            for (const step of running.splice(choice % running.length, 1)) {
              expect(finished.has(step)).toBe(false);
              finished.add(step);
              schedule.finish(step);
            }
          }
          expect(finished.size).toBe(needs.length);
          expect(schedule.take()).toBeUndefined();
        },
      ),
    );
  });

  it("gives up exactly what needs a failed step", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (needs, nth) => {
        const failing = nth % needs.length;
        const schedule = new Schedule(planOf(needs), everything(needs));
        const expected = new Set([failing]);
        for (const [step, inputs] of needs.entries()) {
          if (inputs.some((input) => expected.has(input))) expected.add(step);
        }
        const ran = new Set<number>();
        let lost = 0;
        for (let step = schedule.take(); step !== undefined; step = schedule.take()) {
          if (step === failing) lost = schedule.fail(step);
          else {
            schedule.finish(step);
            ran.add(step);
          }
        }
        expect(schedule.open).toBe(0);
        expect(lost).toBe(expected.size - 1);
        expect([...needs.keys()].filter((step) => !ran.has(step))).toEqual([...expected]);
      }),
    );
  });

  it("counts a step that two failures take away once", () => {
    const schedule = new Schedule(planOf([[], [], [0, 1], [2]]), new Set([0, 1, 2, 3]));
    expect([schedule.take(), schedule.take()]).toEqual([0, 1]);
    expect(schedule.fail(0)).toBe(2);
    expect(schedule.fail(1)).toBe(0);
    expect(schedule.open).toBe(0);
  });

  it("starts the step with the longest way to the end first", () => {
    const schedule = new Schedule(planOf([[], [], [], [1], [3], [0]]), new Set([0, 1, 2, 3, 4, 5]));
    expect([schedule.take(), schedule.take(), schedule.take(), schedule.take()]).toEqual([
      1,
      0,
      2,
      undefined,
    ]);
  });

  it("takes inputs that are not to be run as there", () => {
    const schedule = new Schedule(planOf([[], [0], [1]]), new Set([2]));
    expect([schedule.open, schedule.take(), schedule.stateOf(0)]).toEqual([1, 2, "done"]);
  });
});
