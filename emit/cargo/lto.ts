// Which units hold bitcode, machine code or both, as cargo decides it (core/compiler/lto.rs): from the units that were
// asked for down to what they link.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type CargoUnit, isForHost, type UnitGraph } from "../../graph/unit-graph.ts";

type Lto = "bitcode" | "both" | "object" | "off" | { readonly run: Bytes | undefined };

/** rustc's arguments for it, for each unit. */
export function ltoArguments(graph: UnitGraph): readonly (readonly Bytes[])[] {
  const known = new Map<number, Lto>();
  for (const root of graph.roots) {
    const unit = graph.units[root];
    if (unit !== undefined) calculate(graph, known, root, rootLto(unit));
  }
  return graph.units.map((_, index) => argumentsFor(known.get(index) ?? "object").map(asBytes));
}

function argumentsFor(lto: Lto): readonly string[] {
  if (typeof lto === "object") return ["-C", lto.run === undefined ? "lto" : `lto=${lto.run}`];
  if (lto === "off") return ["-C", "lto=off", "-C", "embed-bitcode=no"];
  if (lto === "bitcode") return ["-C", "linker-plugin-lto"];
  return lto === "object" ? ["-C", "embed-bitcode=no"] : [];
}

const linked: ReadonlySet<string> = new Set(["bin", "staticlib", "cdylib"]);
const withObjects: ReadonlySet<string> = new Set([...linked, "dylib", "proc-macro"]);

function rootLto({ profile, target }: CargoUnit): Lto {
  if (profile.lto === "false") return "object";
  if (profile.lto === "off") return "off";
  if (isForHost(target)) return "object";
  return target.crateTypes.some((type) => withObjects.has(type))
    ? whereObjects(target.crateTypes)
    : "bitcode";
}

/** A dylib takes no part in it; an rlib beside one needs bitcode as well. */
function whereObjects(types: readonly Bytes[]): Lto {
  return types.every((type) => type === "dylib") ? "object" : "both";
}

function calculate(graph: UnitGraph, known: Map<number, Lto>, index: number, parent: Lto): void {
  const unit = graph.units[index];
  if (unit === undefined) return;
  const before = known.get(index);
  const now = merged(before, ownLto(unit, parent));
  if (before !== undefined && same(before, now)) return;
  known.set(index, now);
  for (const { unit: dependency } of unit.dependencies) calculate(graph, known, dependency, now);
}

function ownLto({ mode, target, profile }: CargoUnit, parent: Lto): Lto {
  const types: readonly string[] = mode === "test" || mode === "doctest" ? ["bin"] : target.crateTypes;
  if (isForHost(target)) return "object";
  if (types.every((type) => linked.has(type))) {
    if (profile.lto === "off") return "off";
    if (profile.lto === "false") return "object";
    return { run: profile.lto === "true" ? undefined : profile.lto };
  }
  const hasObjects = types.some((type) => withObjects.has(type));
  if (typeof parent === "object") return hasObjects ? whereObjects(types.map(asBytes)) : "bitcode";
  return parent === "bitcode" && hasObjects ? whereObjects(types.map(asBytes)) : parent;
}

/** A unit that several need gives each what it needs. */
function merged(a: Lto | undefined, b: Lto): Lto {
  if (a === undefined || same(a, b)) return b;
  if (typeof b === "object") return b;
  if (typeof a === "object") return a;
  return a === "off" || b === "off" ? "off" : "both";
}

function same(a: Lto, b: Lto): boolean {
  return typeof a === "object" && typeof b === "object" ? a.run === b.run : a === b;
}
