// Finds the record that a command line means, and writes its report.

import { statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { bytesOfContents } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import { type Plan, parsePlan } from "../../emit/plan/plan.ts";
import { openDaemonSink } from "../../emit/sink/daemon.ts";
import { narFromPath, queryDerivationOutputMap } from "../../emit/sink/worker/operations.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";
import { fail, InputError } from "../../graph/diagnostic.ts";
import { readNamedFile } from "../files.ts";
import type { Session } from "../io.ts";
import { writing } from "../writing.ts";
import { analyse } from "./analysis.ts";
import type { BuildRecord } from "./build-record.ts";
import { isNixLog, planDerivations, readNixLog } from "./nix-log.ts";
import { reportPage } from "./page.ts";
import { isRecord, readRecord } from "./read-record.ts";
import { usualRecord } from "./recorder.ts";

export interface ReportFlags {
  readonly to: string;
  readonly plan?: readonly string[];
  readonly json?: true;
}

/** What goes to standard output. */
export async function makeReport(session: Session, from: string, flags: ReportFlags): Promise<string> {
  const record = await readBuild(session, from, flags);
  if (flags.json === true) return `${JSON.stringify({ ...record, analysis: analyse(record) })}\n`;
  const page = reportPage(record);
  if (flags.to === "-") return page;
  const place = resolve(session.io.cwd, flags.to);
  await writing(flags.to, async () => {
    await mkdir(dirname(place), { recursive: true });
    // Whoever looks at the old one sees all of it until the new one is whole.
    await writeFile(`${place}.part`, page);
    await rename(`${place}.part`, place);
  });
  return "";
}

async function readBuild(session: Session, from: string, flags: ReportFlags): Promise<BuildRecord> {
  const text = from === "-" ? Buffer.from(await session.io.readStdin()) : readFrom(session, from);
  const contents = text.toString("utf8");
  if (isRecord(contents)) return readRecord(contents, from);
  if (isNixLog(contents)) {
    const plans = flags.plan?.map((file) => readPlan(session, file)) ?? (await builtPlans(session, contents));
    return readNixLog(contents, nameOf(from), plans);
  }
  return fail({
    code: "report/record",
    message: `"${from}" is neither a build's record nor a log of Nix in JSON`,
    hint: "give a build directory, its .unravel/build.jsonl, or what nix-build --log-format internal-json prints",
  });
}

/** A directory stands for the record in it. */
function readFrom({ io }: Session, from: string): Buffer {
  const place = resolve(io.cwd, from);
  const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  return isDirectory
    ? readNamedFile(join(place, usualRecord), join(from, usualRecord))
    : readNamedFile(place, from);
}

/** Plans that were made in the build itself, as Nix has them; none where there is no Nix, or they are gone. */
async function builtPlans({ io }: Session, log: string): Promise<readonly Plan[]> {
  const derivations = planDerivations(log);
  if (derivations.length === 0) return [];
  try {
    const { context, close } = await openDaemonSink({ environment: io.env });
    try {
      const plans: Plan[] = [];
      for (const derivation of derivations) {
        const outputs = await queryDerivationOutputMap(context, fromText(derivation));
        const path = outputs.get(asBytes("out"));
        if (path === undefined) continue;
        const directory = parseNar(await narFromPath(context, path));
        const node = directory.kind === "directory" ? directory.entries.get(asBytes("plan.json")) : undefined;
        if (node?.kind === "file") plans.push(parsePlan(bytesOfContents(node.contents)));
      }
      return plans;
    } finally {
      await close();
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.err("no graph: Nix does not have the plans of this build; name them with --plan\n");
    return [];
  }
}

/** `nix-build -A package.plan` gives a directory. */
function readPlan({ io }: Session, from: string): Plan {
  const place = resolve(io.cwd, from);
  const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  return parsePlan(readNamedFile(isDirectory ? join(place, "plan.json") : place, from));
}

function nameOf(from: string): string {
  return from === "-" ? "build" : basename(from).replace(/\.(log|json|txt)$/, "");
}
