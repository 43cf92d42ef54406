// The cargo sample as a test builds it: with a lockfile that cargo itself makes, and its crates, Debian's own, from a
// loopback registry.

import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCargoSkeleton } from "../../cli/cargo/skeleton.ts";
import { type CrateRegistry, relock, serveCrates } from "../cargo/crates.ts";
import { type BuildStore, projectDirectory, setUpPackages } from "./build-store.ts";

/** What the sample depends on; the packages that these depend on come along. */
const packages = [
  "librust-aho-corasick-dev",
  "librust-anyhow-dev",
  "librust-blake3-dev",
  "librust-cc-dev",
  "librust-clap-dev",
  "librust-csv-dev",
  "librust-env-logger-dev",
  "librust-flate2-dev",
  "librust-humantime-dev",
  "librust-libz-sys-dev",
  "librust-log-dev",
  "librust-pkg-config-dev",
  "librust-rayon-dev",
  "librust-regex-dev",
  "librust-serde-dev",
  "librust-serde-json-dev",
  "librust-thiserror-dev",
  "librust-toml-dev",
  "librust-walkdir-dev",
];

export interface CargoProject {
  /** Holds the sample with its lockfile. */
  readonly directory: string;
  /** Vendored as Debian has them. */
  readonly vendored: string;
  readonly registry: CrateRegistry;
  /** Address of the registry's index, as in the lockfile. */
  readonly index: string;
  readonly remove: () => Promise<void>;
}

export function debianCrates(): string {
  return execFileSync(join(projectDirectory, "scripts/fetch-crates.sh"), packages, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Makes sure of a toolchain with rustc. Costs nothing when it is there; else about 80 MB and 30 s. */
export function setUpRust(): void {
  setUpPackages(["rustc-web", "cargo-web", "zlib1g-dev"]);
}

/** Puts the sample into `store.directory`/cairn. */
export async function makeCargoProject(store: BuildStore): Promise<CargoProject> {
  const vendored = debianCrates();
  const directory = join(store.directory, "cairn");
  cpSync(join(projectDirectory, "samples/cargo"), directory, { recursive: true });
  // Resolution looks at manifests and names alone.
  writeCargoSkeleton(vendored, join(store.directory, "crate-manifests"));
  const made = await store.mustBuild(
    "{ lock = e2e.rust.lockfile { src = ./cairn; vendored = ./crate-manifests; }; }",
    ["lock"],
  );
  const crates = join(store.directory, "crates");
  const lock = relock(readFileSync(store.physical(made.paths[0] ?? ""), "utf8"), vendored, crates);
  writeFileSync(join(directory, "Cargo.lock"), lock);
  const registry = await serveCrates(crates);
  const index = /source = "registry\+([^"]+)"/.exec(lock)?.[1] ?? "";
  return { directory, vendored, registry, index, remove: () => registry.close() };
}

/** Attributes of the package; `more` comes last. */
export function cargoArguments(project: CargoProject, more = ""): string {
  return `({
    pname = "cairn";
    version = "0.4.1";
    src = ./cairn;
    inherit (e2e.rust) rustc cargo;
    nativeBuildInputs = [ e2e.toolchain.pkg-config ];
    buildInputs = [ e2e.toolchain.packages.zlib1g-dev ];
    buildType = "debug";
    doCheck = false;
    registries.${JSON.stringify(project.index)} = ${JSON.stringify(project.registry.template)};
  } // {
    ${more}
  })`;
}
