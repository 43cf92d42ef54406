// `unravel shell`: the files and the command of one step, laid out as in its sandbox, to try things by hand.

import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { bytesOfContents, type NarNode } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import { openDaemonSink } from "../../emit/sink/daemon.ts";
import { writeNode } from "../../emit/sink/outputs.ts";
import { narFromPath, queryDerivationOutputMap } from "../../emit/sink/worker/operations.ts";
import { asBytes, type Bytes, fromBuffer, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { shellQuote } from "../../graph/shell-quote.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import type { Session } from "../io.ts";
import { writing } from "../writing.ts";
import { type FoundStep, findStep } from "./find-step.ts";
import { labelOf } from "./why.ts";

export interface ShellFlags {
  readonly toolchain?: string;
  readonly to?: string;
}

/** Makes the directory and returns how to enter it. */
export async function layOut(
  session: Session,
  request: PlanRequest,
  target: string,
  flags: ShellFlags,
): Promise<string> {
  const found = await findStep(session, request, target, flags.toolchain);
  const sink = await openDaemonSink({ environment: session.io.env });
  try {
    const inputs = await Promise.all(
      found.step.inputs.map(async (ref) => {
        const maker = found.plan.steps[ref.step];
        const output = maker?.outputs[ref.output];
        const path = found.derived.derivations[ref.step] ?? asBytes("");
        const store = (await outputsOf(sink.context, path)).get(output?.name ?? asBytes(""));
        if (store === undefined) failNotBuilt(toText(output?.path ?? asBytes("")));
        return parseNar(await narFromPath(sink.context, store));
      }),
    );
    const directory =
      flags.to === undefined
        ? mkdtempSync(join(tmpdir(), "unravel-step-"))
        : resolve(session.io.cwd, flags.to);
    await writing(directory, () => writeStep(directory, found, inputs));
    return `${directory}\n`;
  } finally {
    await sink.close();
  }
}

async function outputsOf(
  context: Parameters<typeof queryDerivationOutputMap>[0],
  derivation: Bytes,
): Promise<ReadonlyMap<Bytes, Bytes>> {
  try {
    const known = new Map<Bytes, Bytes>();
    for (const [name, path] of await queryDerivationOutputMap(context, derivation)) {
      if (path !== undefined) known.set(name, path);
    }
    return known;
  } catch {
    // Nix knows nothing of a derivation that was never added.
    return new Map();
  }
}

function failNotBuilt(path: string): never {
  return fail({
    code: "cli/not-built",
    message: `"${path}", which the step reads, is not built`,
    hint: "`unravel build` the target first; with -k it goes on past failures",
  });
}

/**
 * DIRECTORY/source as the step finds it, DIRECTORY/run.sh runs its command there. Paths into the sandbox's tree are
 * bent to the directory.
 */
function writeStep(directory: string, found: FoundStep, inputs: readonly NarNode[]): void {
  const { plan, step, host, context } = found;
  const source = join(directory, "source");
  mkdirSync(source, { recursive: true });
  for (const path of step.directories) mkdirSync(join(source, toText(path)), { recursive: true });
  for (const file of [...step.sources, ...step.ownSources]) {
    const path = plan.files[file] ?? asBytes("");
    const node = host.tree.nodeAt(path);
    if (node !== undefined) put(source, path, node);
  }
  for (const input of inputs) merge(source, input);
  const move = (text: Bytes): Bytes => asBytes(text.replaceAll(plan.root, source));
  if (step.responseFile !== undefined) {
    const { path, content } = step.responseFile;
    const contents = { kind: "file", executable: false, contents: move(content) } as const;
    put(join(source, toText(plan.buildDirectory)), path, contents);
  }
  const environment = context.objects.find(({ path }) => path === context.context.environment);
  const script = [
    "#!/bin/sh",
    `# ${labelOf(step)}: the command as the build runs it. Without a sandbox, it may see more than the step does.`,
    `cd ${shellQuote(asBytes(Buffer.from(join(source, toText(plan.buildDirectory))).toString("latin1")))} || exit`,
    `${variablesOf(environment)}exec ${context.context.shell} ${shellQuote(asBytes(Buffer.from(join(directory, "command")).toString("latin1")))}`,
  ];
  writeFileSync(join(directory, "command"), Buffer.from(`${move(step.command)}\n`, "latin1"));
  writeFileSync(join(directory, "run.sh"), Buffer.from(`${script.join("\n")}\n`, "latin1"));
  chmodSync(join(directory, "run.sh"), 0o755);
}

function variablesOf(environment: FoundStep["objects"][number] | undefined): string {
  if (environment?.method !== "nar" || environment.node.kind !== "directory") return "";
  const file = environment.node.entries.get(asBytes("environment.sh"));
  return file?.kind === "file" ? fromBuffer(bytesOfContents(file.contents)) : "";
}

function put(directory: string, path: Bytes, node: NarNode): void {
  const place = join(directory, toText(path));
  mkdirSync(dirname(place), { recursive: true });
  writeNode(node, Buffer.from(place));
}

/** Lays a tree over what is there. */
function merge(directory: string, node: NarNode): void {
  if (node.kind !== "directory") return;
  mkdirSync(directory, { recursive: true });
  for (const [name, entry] of node.entries) {
    const place = join(directory, toText(name));
    if (entry.kind === "directory") merge(place, entry);
    else writeNode(entry, Buffer.from(place));
  }
}
