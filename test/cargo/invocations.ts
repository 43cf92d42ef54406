// What rustc and build scripts were called with (test/e2e/nix/cargo/rustc.sh), brought to one form: without what
// names a build's own place, its hashes, or the form of messages.

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface Invocation {
  /** "serde --crate-type lib": tells units apart. */
  readonly name: string;
  readonly arguments: readonly string[];
  /** Sorted, NAME=VALUE. */
  readonly environment: readonly string[];
}

/** All rustc calls below a directory; links are followed. */
export function invocationsBelow(directory: string, follow: (path: string) => string): readonly Invocation[] {
  return filesBelow(directory, follow)
    .filter((file) => file.endsWith(".arguments"))
    .map((file) => {
      const words = splitNul(readFileSync(file, "latin1"));
      const environment = splitNul(readFileSync(file.replace(/arguments$/, "environment"), "latin1"));
      return {
        name: words[words.indexOf("--crate-name") + 1] ?? "",
        arguments: normalArguments(words, environment),
        environment: normalEnvironment(environment),
      };
    })
    .sort(byContents);
}

/** Environments of build scripts, sorted. */
export function scriptEnvironments(
  directory: string,
  follow: (path: string) => string,
): readonly (readonly string[])[] {
  return filesBelow(directory, follow)
    .filter((file) => basename(file) === ".oracle-environment")
    .map((file) => normalEnvironment(splitNul(readFileSync(file, "latin1"))))
    .sort((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1));
}

function byContents(a: Invocation, b: Invocation): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function filesBelow(directory: string, follow: (path: string) => string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path, follow);
    if (!entry.isSymbolicLink()) return [path];
    return filesBelow(follow(path), follow);
  });
}

function splitNul(text: string): readonly string[] {
  return text.split("\0").slice(0, -1);
}

/** Where cargo has a directory for each profile and platform, and a hash in most names. */
export function normalPlace(word: string): string {
  return (
    word
      .replaceAll(
        /\/build\/target\/(?:[a-z0-9_]+(?:-[a-z0-9_]+)+\/)?(?:debug|release|[a-z]+-profile)\//g,
        "/build/target/",
      )
      .replaceAll(/\/build\/target\/[a-z0-9_]+-[a-z0-9_-]+\/(?:debug|release)\//g, "/build/target/")
      // Cargo leaves the hash out of names of libraries that others than rustc load.
      .replaceAll(/-[0-9a-f]{16}/g, "")
      .replace(/\.rmeta$/, ".rlib")
  );
}

/** Environment: NAME=VALUE. */
export function normalArguments(words: readonly string[], environment: readonly string[]): readonly string[] {
  const linkerFlags =
    environment
      .find((row) => row.startsWith("LDFLAGS="))
      ?.slice("LDFLAGS=".length)
      .split(" ") ?? [];
  const result: string[] = [];
  // A set; where those of lints stand depends on cargo's version.
  const conditions: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [word, next] = [words[i] ?? "", words[i + 1] ?? ""];
    if (
      word.startsWith("--error-format=") ||
      word.startsWith("--json=") ||
      word.startsWith("--diagnostic-width=")
    )
      continue;
    if (word === "--color" || word === "--test-runtool") i++;
    else if (word === "--out-dir" || word === "--remap-path-prefix") i++;
    else if (word === "-C" && /^(?:incremental|metadata|extra-filename)=/.test(next)) i++;
    else if (word === "--check-cfg") conditions.push(words[++i] ?? "");
    // This stdenv has no compiler wrapper that would add them.
    else if (
      word === "-C" &&
      next.startsWith("link-arg=") &&
      linkerFlags.includes(next.slice("link-arg=".length))
    )
      i++;
    else if (word === "-L" && next.startsWith("dependency=") && result.includes(normalPlace(next))) i++;
    else result.push(normalPlace(word));
  }
  return [...result, ...conditions.sort().flatMap((condition) => ["--check-cfg", condition])];
}

/** Of the machine, the shell, or one build. */
const ofBuild =
  /^(?:CARGO|CARGO_HOME|CARGO_TARGET_DIR|CARGO_MAKEFLAGS|MAKEFLAGS|MFLAGS|NUM_JOBS|RUSTC|RUSTDOC|RUSTC_WRAPPER|LD_LIBRARY_PATH|__CARGO_DEFAULT_LIB_METADATA)$/;

function normalEnvironment(rows: readonly string[]): readonly string[] {
  return rows
    .filter((row) => {
      const name = row.slice(0, row.indexOf("="));
      return isCargos(name) && !ofBuild.test(name);
    })
    .map(normalPlace)
    .sort();
}

/** What the shell itself has is compared nowhere. */
function isCargos(name: string): boolean {
  return /^(?:CARGO|DEP_|OUT_DIR$|TARGET$|HOST$|PROFILE$|OPT_LEVEL$|DEBUG$|RUSTC|CAIRN_|OF_CONFIG|MADE$)/.test(
    name,
  );
}
