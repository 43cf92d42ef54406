// What an image is made of, before contents are read: layers in their order, and the image's own texts.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail, type Span } from "../../graph/diagnostic.ts";
import { parseJson as parseLocated } from "../../graph/json.ts";
import { type JsonObject, type JsonValue, printPrettyJson } from "../json.ts";
import { parseJson } from "../json-reader.ts";
import type { ClosureGraph } from "./closure-graph.ts";
import { groupLayers, type Layer, type Popularity } from "./group.ts";

export interface ImageLayer extends Layer {
  /** Packages whose files the layer shows below `/`, as links; the first one's count where two have the same. */
  readonly links: readonly Bytes[];
}

/** Bottom-up: the last layer covers the others. */
export type ImagePlan = readonly ImageLayer[];

/**
 * @param maxLayers 1 or more, all counted: the one with links is the last, alone where there is more than one
 * @param contents in the order in which they were asked for
 */
export function planImage(
  graph: ClosureGraph,
  popularity: Popularity,
  maxLayers: number,
  contents: readonly Bytes[],
): ImagePlan {
  if (maxLayers === 1) {
    const paths = graph.paths.map(({ path }) => path);
    return [{ name: asBytes("everything"), paths, links: contents }];
  }
  return [
    ...groupLayers(graph, popularity, maxLayers - 1).map((layer) => ({ ...layer, links: [] })),
    { name: asBytes("links"), paths: [], links: contents },
  ];
}

/** One layer per entry, in order: people read it (`passthru.plan`). */
export function printImagePlan(plan: ImagePlan): Bytes {
  return printPrettyJson(
    plan.map(
      ({ name, paths, links }): JsonObject =>
        new Map<Bytes, JsonValue>([
          [asBytes("name"), name],
          [asBytes("paths"), paths],
          [asBytes("links"), links],
        ]),
    ),
  );
}

/** Reads what {@link printImagePlan} wrote. */
export function parseImagePlan(text: Bytes): ImagePlan {
  const layers = parseJson(text, asBytes("layers.json"));
  if (!Array.isArray(layers)) return badPlan();
  return layers.map((layer: JsonValue) => {
    if (!(layer instanceof Map)) return badPlan();
    const name: unknown = layer.get(asBytes("name"));
    if (typeof name !== "string") return badPlan();
    return { name: asBytes(name), paths: pathsIn(layer, "paths"), links: pathsIn(layer, "links") };
  });
}

function pathsIn(layer: JsonObject, field: string): readonly Bytes[] {
  const value = layer.get(asBytes(field));
  if (!Array.isArray(value)) return badPlan();
  return value.map((path: unknown) => (typeof path === "string" ? asBytes(path) : badPlan()));
}

function badPlan(): never {
  return fail({
    code: "plan/format",
    message: "layers.json is not a list of layers",
    hint: "let the same version of unravel write and read it",
  });
}

/**
 * A table of popularity: one object, package names to numbers.
 * @throws InputError with the place of what is wrong
 */
export function readPopularity(text: Bytes, file: Bytes): Popularity {
  const table = parseLocated(text, file);
  if (table.kind !== "object")
    return badTable({ file, ...table }, "it must be one object, package names to numbers");
  return new Map(
    [...table.members].map(([name, { value }]): [Bytes, number] => {
      if (value.kind === "number" && value.value >= 0) return [name, value.value];
      return badTable({ file, ...value }, `${quoted(name)} must have a number, 0 or more`);
    }),
  );
}

function badTable({ file, start, end }: Span, why: string): never {
  return fail({
    code: "layers/popularity",
    message: `the popularity table is wrong: ${why}`,
    at: { file, start, end },
    hint: 'write { "glibc": 2400, "openssl": 310 }: how many packages refer to each',
  });
}
