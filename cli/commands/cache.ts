// `unravel cache`: writes a binary cache that any Nix takes.

import { Command, Option } from "commander";
import type { CacheFlags } from "../cache/export.ts";
import type { Session } from "../io.ts";
import { addGeneratedOption, addManifestOptions, addRootOptions } from "./plan-options.ts";

const examples = `
Examples:
  unravel cache --to drvs ninja build/build.ninja            the derivations of a plan, without Nix
  unravel cache --to all ninja build/build.ninja --outputs   and what is built of them
  unravel cache --to cache ./result --key secret.key         a built package with its closure, signed
  unravel cache --to cache /nix/store/...-app.drv^out        the output of a derivation

  nix build --option substituters file://$PWD/cache ...
  nix copy --from file://$PWD/cache /nix/store/...    wants the whole closure in the cache: name the toolchain, too

Archives are packed with brotli unless --compression says otherwise; xz and zstd are the programs of those names.`;

export function cacheCommand(session: Session): Command {
  return addGeneratedOption(addRootOptions(addManifestOptions(new Command("cache"))))
    .description("write a binary cache: derivations of a plan, or store paths with their closures")
    .argument("<what...>", "FRONTEND FILE [targets...], or store paths, links to them, DRV^OUTPUT")
    .requiredOption("--to <dir>", "the directory, made if need be; what is there already is kept")
    .option("--key <file>", "sign with a secret key of Nix")
    .addOption(
      new Option("--compression <method>", "how archives are packed")
        .choices(["br", "gzip", "none", "xz", "zstd"])
        .default("br"),
    )
    .option("--outputs", "for a plan: also what is built of it")
    .option("--toolchain <file>", "for a plan: as for build")
    .option("--json", "print counts as JSON")
    .addHelpText("after", examples)
    .action(async (words: readonly string[], flags: CacheFlags) => {
      session.isJson = flags.json === true;
      const { exportCache } = await import("../cache/export.ts");
      await session.io.out(await exportCache(session, words, flags));
    });
}
