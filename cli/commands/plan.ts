// `unravel plan`: which steps would be built, and what each of them reads.

import { Command, Option } from "commander";
import type { DryRun } from "../explain/dry-run.ts";
import type { Session } from "../io.ts";
import { addGeneratedOption, addPlanOptions, type PlanFlags } from "./plan-options.ts";

interface Flags extends PlanFlags {
  readonly json?: true;
  readonly dryRun?: DryRun | true;
  readonly toolchain?: string;
}

const examples = `
Examples:
  unravel plan ninja build/build.ninja --root .              a line per step
  unravel plan ninja build/build.ninja bin/app --root .      for one target
  unravel plan ninja build/build.ninja --root . --json       the whole plan
  unravel plan ninja build/build.ninja --dry-run             which of them would run now
  unravel plan ninja build/build.ninja --root . --extra-inputs 'gen/**=tools,data/names.txt'`;

export function planCommand(session: Session): Command {
  return addGeneratedOption(addPlanOptions(new Command("plan")))
    .description("plan the derivations for targets of a build graph")
    .addOption(
      new Option(
        "--dry-run [policy]",
        "tell what a build would run: as far as it is planned, or without asking Nix",
      ).choices(["planned", "static"]),
    )
    .option("--toolchain <file>", "as for build: --dry-run asks about the same derivations")
    .option("--json", "print the whole plan as JSON")
    .addHelpText("after", examples)
    .action(async (frontend: string, file: string, targets: readonly string[], flags: Flags) => {
      session.isJson = flags.json === true;
      if (flags.dryRun !== undefined) {
        const { dryRun } = await import("../explain/dry-run.ts");
        const policy = flags.dryRun === true ? "planned" : flags.dryRun;
        await session.io.out(await dryRun(session, { frontend, file, targets, flags }, policy, flags));
        return;
      }
      const { planOnce } = await import("../host/plan-once.ts");
      const { plan } = planOnce(session, { frontend, file, targets, flags });
      const { printPlan } = await import("../../emit/plan/plan.ts");
      const { textOfPlan } = await import("../plan-text.ts");
      await session.io.out(
        flags.json === true ? Buffer.concat([printPlan(plan), Buffer.from("\n")]) : textOfPlan(plan),
      );
    });
}
