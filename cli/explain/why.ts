// `unravel why`: what a file is made of, why it is part of the build, and what an edit of it can rebuild.

import type { PlannedStep } from "../../emit/plan/plan.ts";
import { placeOf } from "../../emit/plan/tree-path.ts";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import type { Step } from "../../graph/graph.ts";
import { canonicalizePath } from "../../graph/path.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { count } from "../graph-text.ts";
import { contextOf, objectsOf, readToolchain } from "../host/host-objects.ts";
import type { Host } from "../host/host-plan.ts";
import { planOnce } from "../host/plan-once.ts";
import type { Session } from "../io.ts";
import { shown } from "../plan-text.ts";
import { failUnknownPath, PlanIndex } from "./plan-index.ts";

export interface WhyFlags {
  readonly toolchain?: string;
  readonly json?: true;
}

/** What is known of one file. */
interface Answer {
  readonly target: string;
  readonly step?: string;
  readonly kind?: string;
  readonly command?: string;
  readonly derivation?: string;
  /** The step whose derivation it is part of where Nix plans. */
  readonly follows?: string;
  /** From the file up to something that was asked for. */
  readonly wantedBy: readonly string[];
  readonly reads: readonly Read[];
  /** Labels of the steps that read it. */
  readonly readBy: readonly string[];
  /** Steps that an edit can rebuild, of how many. */
  readonly rebuilds: readonly [number, number];
}

interface Read {
  readonly path: string;
  /** The label of the step that makes it, for one that is made. */
  readonly madeBy?: string;
  readonly how: "declared" | "found";
}

export async function why(
  session: Session,
  request: PlanRequest,
  target: string,
  flags: WhyFlags,
): Promise<string> {
  const { host, plan } = planOnce(session, request, true);
  const index = new PlanIndex(plan);
  const place = placeOf(canonicalizePath(fromText(target)), host.layout);
  const maker = index.makerOf(place.path);
  const readers = maker === undefined ? index.readersOf(place.path) : index.usersOf(maker);
  if (place.kind !== "tree" || (maker === undefined && readers.length === 0)) failUnknownPath(target, index);
  const answer: Answer = {
    target,
    ...(maker === undefined ? {} : await madeBy(session, host, index, maker, flags)),
    wantedBy: wayOf(index, maker ?? readers[0] ?? 0, place.path, maker !== undefined),
    reads: maker === undefined ? [] : readsOf(index, host, index.step(maker)),
    readBy: readers.map((step) => labelOf(index.step(step))),
    rebuilds: [index.dependentsOf(maker === undefined ? readers : [maker]).length, plan.steps.length],
  };
  return flags.json === true ? `${JSON.stringify(answer)}\n` : textOf(answer);
}

async function madeBy(
  session: Session,
  host: Host,
  index: PlanIndex,
  maker: number,
  flags: WhyFlags,
): Promise<Pick<Answer, "command" | "derivation" | "follows" | "kind" | "step">> {
  const step = index.step(maker);
  const derivation = await derivationOf(session, host, index, maker, flags);
  return {
    step: labelOf(step),
    kind: step.kind,
    command: toText(step.command),
    ...(derivation === undefined ? {} : { derivation: toText(derivation) }),
    ...(step.follows === undefined ? {} : { follows: labelOf(index.step(step.follows)) }),
  };
}

/** Known only with a toolchain: without one, the rest of the answer is worth having, too. */
async function derivationOf(
  session: Session,
  host: Host,
  index: PlanIndex,
  step: number,
  flags: WhyFlags,
): Promise<Bytes | undefined> {
  if (flags.toolchain === undefined && !/\/nix\/store\//.test(session.io.env["PATH"] ?? "")) return undefined;
  const context = await contextOf(host, readToolchain(session, flags.toolchain));
  return objectsOf(host, index.plan, context).derived.derivations[step];
}

function wayOf(index: PlanIndex, step: number, path: Bytes, isMade: boolean): readonly string[] {
  const wanted = new Set(index.plan.built.map((ref) => ref.step));
  const way = index.wayUp(step, wanted).map((at) => toText(index.step(at).outputs[0]?.path ?? asBytes("")));
  return isMade ? [toText(path), ...way.slice(1)] : [toText(path), ...way];
}

function readsOf(index: PlanIndex, host: Host, step: PlannedStep): readonly Read[] {
  const declared = declaredOf(host, step);
  const how = (path: Bytes): Read["how"] => (declared.has(path) ? "declared" : "found");
  const sources = [...step.ownSources, ...step.sources].map((file) => index.plan.files[file] ?? asBytes(""));
  const made = step.inputs.map((ref) => {
    const maker = index.step(ref.step);
    const path = maker.outputs[ref.output]?.path ?? asBytes("");
    return { path: toText(path), madeBy: labelOf(maker), how: how(path) };
  });
  return [...sources.map((path) => ({ path: toText(path), how: how(path) })), ...made];
}

/** Paths that the graph itself lists as inputs of the step, aliases looked through. */
function declaredOf(host: Host, planned: PlannedStep): ReadonlySet<Bytes> {
  const { graph, layout } = host;
  const first = planned.outputs[0]?.path;
  const step = graph.steps.find((candidate) =>
    [...candidate.outputs].some((file) => placeOf(graph.files[file] ?? asBytes(""), layout).path === first),
  );
  const declared = new Set<Bytes>();
  const seen = new Set<Step>();
  const visit = (from: Step): void => {
    if (seen.has(from)) return;
    seen.add(from);
    for (const file of [...from.inputs, ...from.after]) {
      const maker = graph.producerOf(file);
      if (maker?.isPhony === true) visit(maker);
      else declared.add(placeOf(graph.files[file] ?? asBytes(""), layout).path);
    }
  };
  if (step !== undefined) visit(step);
  return declared;
}

export function labelOf(step: PlannedStep): string {
  return shown(toText(step.label));
}

/** Rows of a long list that are shown. */
const few = 20;

function textOf(answer: Answer): string {
  const lines: string[] = [];
  if (answer.step === undefined) lines.push(`${answer.target} is a source`);
  else {
    lines.push(`${answer.target} is made by: ${answer.step} (${answer.kind})`);
    lines.push(`  command     ${shown(answer.command ?? "").slice(0, 2000)}`);
    if (answer.derivation !== undefined) lines.push(`  derivation  ${answer.derivation}`);
    if (answer.follows !== undefined)
      lines.push(`  cheap       in the derivation of ${answer.follows} where Nix plans`);
  }
  if (answer.wantedBy.length > 1) lines.push(`  wanted by   ${answer.wantedBy.join(" -> ")}`);
  if (answer.reads.length > 0) {
    lines.push("  reads");
    const width = Math.min(50, Math.max(...answer.reads.map(({ path }) => path.length)));
    for (const { path, madeBy, how } of answer.reads) {
      const made = madeBy === undefined ? "" : `, made by ${madeBy}`;
      lines.push(`    ${path.padEnd(width)}  ${how}${made}`);
    }
  }
  if (answer.readBy.length > 0) {
    lines.push("  read by");
    for (const label of answer.readBy.slice(0, few)) lines.push(`    ${label}`);
    if (answer.readBy.length > few) lines.push(`    and ${answer.readBy.length - few} more (--json has all)`);
  }
  const [rebuilds, all] = answer.rebuilds;
  lines.push(`  an edit can rebuild ${rebuilds} of ${count(all, "step")}`);
  return `${lines.join("\n")}\n`;
}
