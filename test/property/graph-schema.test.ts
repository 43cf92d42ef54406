// docs/graph-1.schema.json against the reader: what the schema refuses the reader refuses, and what the schema takes
// fails, if it does, for what a schema cannot say (names that are made twice, pools, paths that leave the tree).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { loadJsonGraph } from "../../generators/json/load.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";

interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly type?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false | Schema;
  readonly oneOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const file = join(import.meta.dirname, "../../docs/graph-1.schema.json");
const whole = JSON.parse(readFileSync(file, "utf8")) as Schema;

/** As much of JSON Schema as that file uses. */
function accepts(schema: Schema, value: unknown): boolean {
  if (schema.$ref !== undefined) {
    const named = whole.$defs?.[schema.$ref.replace("#/$defs/", "")];
    if (named === undefined) throw new Error(`no ${schema.$ref}`);
    return accepts(named, value);
  }
  if (schema.oneOf !== undefined) return schema.oneOf.filter((one) => accepts(one, value)).length === 1;
  if ("const" in schema) return value === schema.const;
  switch (schema.type) {
    case "string":
      return typeof value === "string" && value.length >= (schema.minLength ?? 0);
    case "integer":
      return Number.isSafeInteger(value) && Number(value) >= (schema.minimum ?? Number.NEGATIVE_INFINITY);
    case "array": {
      const { items = {}, minItems = 0 } = schema;
      return Array.isArray(value) && value.length >= minItems && value.every((item) => accepts(items, item));
    }
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const fields = new Map(Object.entries(value));
      const known = new Map(Object.entries(schema.properties ?? {}));
      const others = schema.additionalProperties;
      return (
        (schema.required ?? []).every((name) => fields.has(name)) &&
        [...fields].every(([name, field]) => {
          const own = known.get(name) ?? others;
          return own !== false && (own === undefined || accepts(own, field));
        })
      );
    }
    default:
      throw new Error(`no type ${schema.type}`);
  }
}

/** What a schema cannot say. */
const beyond = new Set(["json/duplicate-output", "json/unknown-pool", "graph/cycle", "graph/no-such-target"]);

function refusalOf(graph: unknown): string | undefined {
  try {
    loadJsonGraph(fromText(JSON.stringify(graph)), { file: asBytes("g.json"), isInside: () => true });
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.diagnostics[0]?.code;
  }
}

const path = fc.constantFrom("a", "b.o", "src/c.c", "d/e");
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.array(path, { maxLength: 2 }) },
  { weight: 3, arbitrary: path },
  fc.constantFrom<unknown>("", 0, -1, 1.5, true, null, [], [1], [""], {}, { path: "r", content: "" }),
  fc.constantFrom<unknown>(
    { path: "r" },
    { path: "", content: "x" },
    { link: 1 },
    { link: -1 },
    { link: "x" },
  ),
);
const stepNames = ["implicitOutputs", "inputs", "implicitInputs", "after", "validations", "command", "rule"];
const moreNames = ["description", "depfile", "responseFile", "pool", "outputs", "other"];
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.uniqueArray(path, { minLength: 1, maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...stepNames, ...moreNames), value, { maxKeys: 3 }),
      )
      .map(([outputs, fields]) => ({ outputs, ...fields })),
  },
  { weight: 1, arbitrary: value },
);
const graph = fc
  .tuple(
    fc.constantFrom<unknown>("unravel.graph/1", "unravel.graph/1", "unravel.graph/1", "unravel.graph/2", 1),
    fc.oneof({ weight: 5, arbitrary: fc.array(step, { maxLength: 2 }) }, { weight: 1, arbitrary: value }),
    fc.dictionary(fc.constantFrom("defaults", "pools", "other"), value, { maxKeys: 1 }),
  )
  .map(([schema, steps, fields]) => ({ schema, steps, ...fields }));

it("is what the reader takes, as far as a schema can say it", () => {
  const seen = { good: 0, bad: 0 };
  fc.assert(
    fc.property(graph, (candidate) => {
      const code = refusalOf(candidate);
      const isGood = accepts(whole, candidate);
      seen[isGood ? "good" : "bad"]++;
      if (isGood && code !== undefined) expect(beyond).toContain(code);
      else expect(code === undefined).toBe(isGood);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(100);
});

it("takes the sample's form, and what the documentation shows", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/graph-format.md"), "utf8");
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  expect(accepts(whole, example)).toBe(true);
  expect(refusalOf(example)).toBeUndefined();
});
