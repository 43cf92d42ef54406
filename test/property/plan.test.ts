// What a plan may depend on, over random builds: never on order, never on what has nothing to do with a step.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derive } from "../../emit/derive.ts";
import { objectSetOf } from "../../emit/object-keys.ts";
import { divisionOf, entryObjects } from "../../emit/outputs/emission.ts";
import { ownOutputs, type Plan, type PlannedStep, parsePlan, printPlan } from "../../emit/plan/plan.ts";
import { context, readFrom } from "../unit/emit/context.ts";
import { buildAndRegister } from "../unit/emit/registration.ts";
import { builtOf, madeInputsOf, type PlanCase, planOf, readsOf, stepsOf } from "../unit/plan/plan-case.ts";
import { anyBuild, filesOf, shuffled } from "./build.ts";

const runs = { numRuns: Number(process.env["PLAN_RUNS"] ?? 60), seed: Number(process.env["PLAN_SEED"] ?? 7) };

type Contents = Readonly<Record<string, string>>;

/** First output -> name and derivation of its step. */
function derived(plan: Plan, files: Contents): ReadonlyMap<string, string> {
  const { derivations } = derive(plan, context, readFrom(files));
  return new Map(stepsOf(plan).map((path, i) => [path, `${plan.steps[i]?.name} ${derivations[i]}`]));
}

function bytesOf(build: PlanCase): string {
  return printPlan(planOf(build)).toString("latin1");
}

/** The commands of a step, each with what it makes. */
function commandsOf(step: PlannedStep): readonly string[] {
  let at = ownOutputs(step).length;
  const own = `${step.command}: ${step.outputs.slice(0, at).map(({ path }) => path)}`;
  const others = (step.followers ?? []).map(({ command, makes }) => {
    at += makes;
    return `${command}: ${step.outputs.slice(at - makes, at).map(({ path }) => path)}`;
  });
  return [own, ...others];
}

describe("a plan", () => {
  it("runs the same commands for the same files, whether cheap ones have derivations of their own or not", () => {
    fc.assert(
      fc.property(anyBuild("m"), (build) => {
        const files = filesOf(build, build.edges, build.edges);
        const [fused, unfused] = [planOf({ files }), planOf({ files, isUnfused: true })];
        expect(fused.steps.flatMap(commandsOf).sort()).toEqual(unfused.steps.flatMap(commandsOf).sort());
        expect(builtOf(fused)).toEqual(builtOf(unfused));
        for (const step of unfused.steps.filter(({ follows }) => follows === undefined)) {
          const path = step.outputs[0]?.path ?? "";
          expect(madeInputsOf(fused, path)).toEqual(madeInputsOf(unfused, path));
        }
        const following = fused.steps.reduce((sum, { followers = [] }) => sum + followers.length, 0);
        expect(unfused.steps.filter(({ follows }) => follows !== undefined)).toHaveLength(following);
        expect(unfused.steps).toHaveLength(fused.steps.length + following);
      }),
      runs,
    );
  });

  it("does not depend on the order of edges in the file, nor of names in a directory", () => {
    fc.assert(
      fc.property(anyBuild("m"), fc.nat(), (build, seed) => {
        const files = filesOf(build, build.edges, build.edges);
        const expected = bytesOf({ files });
        expect(bytesOf({ files: filesOf(build, build.edges, shuffled(build.edges, seed)) })).toBe(expected);
        expect(bytesOf({ files, listed: (names) => [...names].reverse() })).toBe(expected);
        const mixed = Object.fromEntries(shuffled(Object.entries(files), seed));
        expect(bytesOf({ files: mixed })).toBe(expected);
      }),
      runs,
    );
  });

  it("has the same steps and derivations in whatever order the targets are wanted", () => {
    fc.assert(
      fc.property(anyBuild("m"), fc.nat(), (build, seed) => {
        const files = filesOf(build, build.edges, build.edges);
        const mixed = filesOf(build, shuffled(build.edges, seed), build.edges);
        const [one, two] = [planOf({ files }), planOf({ files: mixed })];
        const sorted = (plan: Plan, contents: Contents): unknown => [...derived(plan, contents)].sort();
        expect(sorted(two, mixed)).toEqual(sorted(one, files));
        expect(two.files).toEqual(one.files);
        expect(derive(two, context, readFrom(mixed)).root).toBe(derive(one, context, readFrom(files)).root);
      }),
      runs,
    );
  });

  it("leaves steps as they are when unrelated files and edges are added", () => {
    fc.assert(
      fc.property(anyBuild("m"), anyBuild("z"), fc.nat(), (build, other, seed) => {
        const files = filesOf(build, build.edges, build.edges);
        const both = {
          sources: { ...other.sources, ...build.sources },
          edges: [...build.edges, ...other.edges],
        };
        const more = filesOf(both, shuffled(both.edges, seed), shuffled(both.edges, seed + 1));
        const [before, after] = [derived(planOf({ files }), files), derived(planOf({ files: more }), more)];
        for (const [path, derivation] of before) expect([path, after.get(path)]).toEqual([path, derivation]);
        expect(after.size).toBeGreaterThanOrEqual(before.size);
      }),
      runs,
    );
  });

  it("of some targets holds the steps of a plan of all", () => {
    fc.assert(
      fc.property(anyBuild("m"), fc.nat(), (build, pick) => {
        const files = filesOf(build, build.edges, build.edges);
        const target = build.edges[pick % build.edges.length]?.output ?? "";
        const all = derived(planOf({ files }), files);
        for (const [path, derivation] of derived(planOf({ files, targets: [target] }), files))
          expect([path, all.get(path)]).toEqual([path, derivation]);
      }),
      runs,
    );
  });

  it("is read back as it was printed", () => {
    fc.assert(
      fc.property(anyBuild("m"), (build) => {
        const plan = planOf({ files: filesOf(build, build.edges, build.edges) });
        expect(parsePlan(printPlan(plan))).toEqual(plan);
      }),
      { ...runs, numRuns: 20 },
    );
  });
});

describe("an edit of one source", () => {
  it("changes the steps that read it and what is made from these, and no other", () => {
    fc.assert(
      fc.property(anyBuild("m"), fc.nat(), (build, pick) => {
        const files = filesOf(build, build.edges, build.edges);
        const plan = planOf({ files });
        const names = Object.keys(build.sources);
        const edited = names[pick % names.length] ?? "";
        const [before, after] = [
          derived(plan, files),
          derived(plan, { ...files, [edited]: `${files[edited]}int edited;\n` }),
        ];
        const changed = [...before].filter(([path, name]) => after.get(path) !== name).map(([path]) => path);
        const touched = new Set<string>();
        for (const step of plan.steps) {
          const path = step.outputs[0]?.path ?? "";
          const reads = readsOf(plan, path);
          if (
            reads.includes(edited) ||
            step.inputs.some((ref) => touched.has(plan.steps[ref.step]?.outputs[0]?.path ?? ""))
          )
            touched.add(path);
        }
        expect(changed.sort()).toEqual([...touched].sort());
      }),
      runs,
    );
  });
});

describe("emission", () => {
  it("is registered as predicted, divided or not", () => {
    fc.assert(
      fc.property(anyBuild("m", 10), (build) => {
        const files = filesOf(build, build.edges, build.edges);
        const plan = planOf({ files });
        const emitted = derive(plan, context, readFrom(files));
        const closure = [
          ...context.known.values(),
          context.environment,
          context.stepScript,
          context.rootScript,
          context.shell.slice(0, context.shell.indexOf("/bin/")),
        ];
        const division = divisionOf(objectSetOf({ ...plan, isGated: false }));
        const registered = buildAndRegister("p", entryObjects(division, emitted, context), closure);
        for (const { key, object } of emitted.objects)
          expect(registered.get(key)).toEqual({ path: object.path, references: object.references });
      }),
      { ...runs, numRuns: 8 },
    );
  });
});
