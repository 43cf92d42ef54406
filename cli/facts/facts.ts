// What a build was made of, step by step, in a form that is kept: a later build is compared with it, and a person can
// ask what has changed. Made of a plan alone, contents are not known and count as equal.

import type { Derived } from "../../emit/derive.ts";
import { recipeKey, sourceKeys } from "../../emit/object-keys.ts";
import { type Plan, type PlannedOutput, parsePlan } from "../../emit/plan/plan.ts";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { OutputPaths } from "../host/realise.ts";

const format = "unravel.steps/1";

/** Texts are bytes. An empty store path stands for one that is not known. */
export interface BuildFacts {
  readonly format: typeof format;
  /** Store path of the environment of all commands. */
  readonly environment: Bytes;
  readonly steps: readonly StepFacts[];
}

export interface StepFacts {
  readonly name: Bytes;
  readonly label: Bytes;
  readonly command: Bytes;
  /** The response file's contents. */
  readonly response: Bytes;
  /** Store path of all that belongs to the step alone, its own sources among it. */
  readonly recipe: Bytes;
  /** Paths of sources that lie in the recipe. */
  readonly own: readonly Bytes[];
  /** Path and store path of each other source. */
  readonly sources: readonly (readonly [path: Bytes, store: Bytes])[];
  /** What it reads of other steps: path, and the name of the step. */
  readonly inputs: readonly (readonly [path: Bytes, step: Bytes])[];
  /** Path and store path of each output. */
  readonly outputs: readonly (readonly [path: Bytes, store: Bytes])[];
}

export interface Built {
  readonly derived: Derived;
  readonly environment: Bytes;
  readonly outputs: ReadonlyMap<number, OutputPaths>;
}

const none: Bytes = asBytes("");

export function factsOf(plan: Plan, built?: Built): BuildFacts {
  const keys = sourceKeys(plan);
  const paths = new Map<Bytes, Bytes>(built?.derived.objects.map(({ key, object }) => [key, object.path]));
  const storeOf = (key: Bytes | undefined): Bytes => (key === undefined ? none : (paths.get(key) ?? none));
  const fileAt = (file: number): Bytes => plan.files[file] ?? none;
  return {
    format,
    environment: built?.environment ?? none,
    steps: plan.steps.map((step, index) => ({
      name: step.name,
      label: step.label,
      command: step.command,
      response: step.responseFile?.content ?? none,
      recipe: storeOf(recipeKey(step.name)),
      own: step.ownSources.map(fileAt),
      sources: step.sources.map((file) => [fileAt(file), storeOf(keys[file])] as const),
      inputs: step.inputs.map((ref) => {
        const maker = plan.steps[ref.step];
        return [shownPath(maker?.outputs[ref.output]), maker?.name ?? none] as const;
      }),
      outputs: step.outputs.map(
        (output) => [shownPath(output), built?.outputs.get(index)?.get(output.name) ?? none] as const,
      ),
    })),
  };
}

/** A library and its interface lie at one path. */
function shownPath(output: PlannedOutput | undefined): Bytes {
  if (output === undefined) return none;
  return output.isInterface === true ? asBytes(`${output.path} (interface)`) : output.path;
}

export function printFacts(facts: BuildFacts): Buffer {
  return toBuffer(asBytes(JSON.stringify(facts)));
}

/** What {@link printFacts} wrote, or a plan. `undefined` for neither. */
export function parseFacts(buffer: Uint8Array): BuildFacts | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fromBuffer(buffer));
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || !("format" in parsed) || !("steps" in parsed))
    return undefined;
  if (parsed.format === format) return parsed as BuildFacts;
  return "isComplete" in parsed ? factsOf(parsePlan(buffer)) : undefined;
}

/** `shown` is the path as it was typed. */
export function readFacts(buffer: Uint8Array, shown: string): BuildFacts {
  return (
    parseFacts(buffer) ??
    fail({
      code: "plan/format",
      message: `"${shown}" is no plan`,
      hint: "`unravel plan --json` prints one; `unravel build` keeps what it built in BUILD/.unravel/steps.json",
    })
  );
}
