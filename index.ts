// unravel as a library: foreign build graphs in, Nix derivations out. What the command line does is made of these.
//
//   const graph = loadNinja(fromText("build.ninja"), { readFile });      // bytes -> BuildGraph; or loadJsonGraph
//   const plan = planGraph(graph, { name, layout, targets, ... });       // BuildGraph -> Plan
//   const { objects, root } = derive(plan, context, readSource);         // Plan -> store objects
//   await sink.deliver(objects.map(({ object }) => object));             // to a daemon, a cache, files
//
// `openHost`, `contextOf` and `objectsOf` are the last three lines for a tree on disk (docs/library.md). Everything but
// these and the sinks is pure. What the input is to blame for is thrown as one `InputError`.

export { contextOf, type HostObjects, type KeepValid, objectsOf } from "./cli/host/host-objects.ts";
export { type Host, type HostRequest, openHost } from "./cli/host/host-plan.ts";
export type { HostContext } from "./cli/host/step-context.ts";
export { parseToolchain, type Toolchain, toolchainOfEnvironment } from "./cli/host/toolchain.ts";
export { type DerivationText, printDerivation, printForHash } from "./emit/aterm.ts";
export { type ParseDerivationOptions, parseDerivation } from "./emit/aterm-reader.ts";
export { type Derivation, derivationPath, type InputNode, type Output } from "./emit/derivation.ts";
export {
  type Derived,
  derive,
  type ReadSource,
  type StepContext,
} from "./emit/derive.ts";
export type { Contents, NarDirectory, NarFile, NarNode, NarSymlink } from "./emit/nar.ts";
export {
  derivationObject,
  flatObject,
  narObject,
  type StoreObject,
  type StoreObjects,
  textObject,
} from "./emit/object.ts";
export type { DerivedObject, DerivedSet, ObjectSet, ObjectUnit } from "./emit/object-set.ts";
export { inputPlaceholder, outputPlaceholder } from "./emit/placeholder.ts";
export type { CompileScan, ExtraInputs } from "./emit/plan/draft.ts";
export { createHeaderScan, type HeaderScan, type HeaderScanOptions } from "./emit/plan/header-scan.ts";
export {
  type OutputRef,
  type Plan,
  type PlannedOutput,
  type PlannedStep,
  parsePlan,
  printPlan,
  type StepKind,
} from "./emit/plan/plan.ts";
export { type PlanOptions, planGraph } from "./emit/plan/plan-graph.ts";
export { relocatePlan } from "./emit/plan/relocate.ts";
export type { Layout } from "./emit/plan/tree-path.ts";
export { cacheSink } from "./emit/sink/cache.ts";
export { type DaemonSink, type DaemonSinkOptions, openDaemonSink } from "./emit/sink/daemon.ts";
export { filesSink } from "./emit/sink/files.ts";
export { type MemorySink, memorySink } from "./emit/sink/memory.ts";
export type { Delivery, Sink } from "./emit/sink/sink.ts";
export { openTree, type Tree } from "./emit/sink/tree.ts";
export { graphSchema, type JsonGraphOptions, loadJsonGraph } from "./generators/json/load.ts";
export { loadNinja, type NinjaManifest, type NinjaOptions } from "./generators/ninja/load.ts";
export { asBytes, type Bytes, compareBytes, fromBuffer, fromText, toBuffer, toText } from "./graph/bytes.ts";
export type { Code } from "./graph/codes.ts";
export { type Diagnostic, InputError, type Span } from "./graph/diagnostic.ts";
export type { BuildGraph, FileId, FileIds, Recipe, Step, StepId } from "./graph/graph.ts";
