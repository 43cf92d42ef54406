// `unravel graph`: what a build description means, without planning anything.

import { Command, Option } from "commander";
import { buildDirectoryOf, checkFrontend, frontends, withPackages } from "../frontend.ts";
import type { Session } from "../io.ts";
import type { TreeFlags } from "../npm/print-tree.ts";
import { addManifestOptions, type PlanFlags } from "./plan-options.ts";

interface GraphFlags extends Pick<PlanFlags, "C" | "w" | "root">, TreeFlags {
  readonly format?: "dot" | "json";
}

const examples = `
Examples:
  unravel graph ninja build/build.ninja                a summary: rules, targets, defaults
  unravel graph ninja build/build.ninja --json         everything, an edge per line
  unravel graph ninja build/build.ninja --format json  as docs/graph-format.md describes, for \`unravel build json\`
  unravel graph ninja build/build.ninja --format dot | dot -Tsvg -o graph.svg
  unravel graph ninja gen/all.ninja -C build           paths in the manifest are relative to build/
  unravel graph cargo Cargo.lock                       which packages a lockfile has, and where from
  unravel graph npm package-lock.json --omit dev       which packages a lockfile places, and where from`;

/** A lockfile has packages, which are not steps: only this command reads one by itself. */
const known = [...frontends, ...withPackages] as const;

export function graphCommand(session: Session): Command {
  return addManifestOptions(new Command("graph"))
    .description("load a build graph and print it")
    .argument("<frontend>", known.join(" or "))
    .argument("<file>", "the manifest, graph or lockfile")
    .argument("[targets...]", "for --format: these and what they need; everything unless given")
    .option("--root <dir>", "the source tree, which paths of a JSON graph must not leave")
    .addOption(new Option("--format <format>", "print the graph for programs").choices(["dot", "json"]))
    .option("--json", "print the whole graph as JSON, with what only its frontend knows")
    .option("--system <system>", "npm: for which system, such as aarch64-linux; this one unless given")
    .option("--omit <kinds...>", "npm: leave out dev, optional or peer dependencies")
    .option("--registry <url>", "npm: where packages come from whose entry does not say")
    .option("--pin <hashes...>", "npm: NAME@VERSION=sha512-… for entries without integrity")
    .addHelpText("after", examples)
    .action(async (frontend: string, file: string, targets: readonly string[], flags: GraphFlags) => {
      session.isJson = flags.json === true || flags.format === "json";
      const kind = checkFrontend(frontend, known);
      if (kind === "npm") {
        const { printTree } = await import("../npm/print-tree.ts");
        return printTree(session, file, flags);
      }
      if (kind === "cargo") {
        const { printLock } = await import("../cargo/print-lock.ts");
        return printLock(session, file, flags);
      }
      const buildDirectory = buildDirectoryOf(session.io, file, flags.C);
      if (kind === "ninja" && flags.format === undefined && flags.json === true) {
        const { loadNinjaFile } = await import("../ninja-file.ts");
        const { printFacts } = await import("../graph-text.ts");
        return printFacts(session, loadNinjaFile(session, file, buildDirectory, flags.w));
      }
      const { printGraph } = await import("../print-graph.ts");
      await printGraph(session, kind, { file, buildDirectory, targets, flags });
    });
}
