// `unravel log`: what a step printed when it was built.

import { plainText } from "../../emit/sink/worker/events.ts";
import { fromText, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import type { Session } from "../io.ts";
import { findStep } from "./find-step.ts";
import { runNix } from "./nix-program.ts";
import { labelOf } from "./why.ts";

/** The log as Nix keeps it; nothing for a step that printed nothing. */
export async function log(
  session: Session,
  request: PlanRequest,
  target: string,
  toolchain: string | undefined,
): Promise<Buffer> {
  const { step, derivation } = await findStep(session, request, target, toolchain);
  const ran = await runNix(session.io, [
    "--extra-experimental-features",
    "nix-command ca-derivations dynamic-derivations",
    "log",
    toText(derivation),
  ]);
  if (ran.status === 0) return withoutEvents(ran.out);
  const reason = toText(plainText(fromText(ran.err)))
    .replace(/^(warning: .*\n)*error:\s*/, "")
    .split("\n")[0];
  return fail({
    code: "cli/no-log",
    message: `Nix has no log of "${labelOf(step)}": ${reason}`,
    hint: "it was not built on this machine as it is now, or its log is deleted: `unravel build` builds it",
  });
}

/** Steps talk to Nix in lines of their own, which are for programs. */
function withoutEvents(log: Buffer): Buffer {
  const lines = log.toString("latin1").split("\n");
  return Buffer.from(lines.filter((line) => !line.startsWith("@nix ")).join("\n"), "latin1");
}
