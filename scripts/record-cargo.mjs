// Records test/golden/cargo anew: for each file there, the project in it ("files", "cargo") is written to a temporary
// directory, cargo is asked about it and builds it, and what it called rustc, rustdoc, build scripts and tests with is
// kept. Uses cargo and rustc of PATH. One with "runs" runs the tests, too. One with "stubs" compiles only what has to
// run (test/e2e/nix/cargo/rustc.sh), so that a target without a standard library can be recorded.
//   node scripts/record-cargo.mjs [NAME ...]

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const goldens = join(import.meta.dirname, "../test/golden/cargo");
const sysroot = execFileSync("rustc", ["--print", "sysroot"], { encoding: "utf8" }).trim();
const rustcScript = readFileSync(join(import.meta.dirname, "../test/e2e/nix/cargo/rustc.sh"), "utf8");

/** Of cargo, and none of the machine, the shell, or one build. */
const isKept = (row) =>
  /^(?:CARGO|DEP_|OUT_DIR=|TARGET=|HOST=|PROFILE=|OPT_LEVEL=|DEBUG=|RUSTC_|OF_CONFIG)/.test(row) &&
  !/^(?:CARGO|CARGO_HOME|CARGO_INCREMENTAL|CARGO_NET_OFFLINE|CARGO_TARGET_DIR|CARGO_MAKEFLAGS|CARGO_TARGET_[A-Z0-9_]+_RUNNER|RUSTC_WRAPPER)=/.test(
    row,
  );

/** Writes down directory, arguments and environment of what it starts. */
const logger = (kind, calls, program) => `#!/bin/bash
log=$(mktemp "${calls}/XXXXXXXX")
printf '%s\\0' "$PWD" ${kind} "$@" > "$log.arguments"
env -0 > "$log.environment"
exec ${program} "$@"
`;

function record({ files, directory: below = "", cargo: [command, ...options], runs, stubs }) {
  const top = mkdtempSync(join(tmpdir(), "unravel-record-"));
  const [source, target, calls, home] = ["source", "target", "calls", "home"].map((name) => join(top, name));
  for (const directory of [source, calls, home]) mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), text);
  }
  const script = (name, text) => {
    writeFileSync(join(top, name), text, { mode: 0o755 });
    return join(top, name);
  };
  const plainText = (text) => text.replaceAll(source, "/build/source").replaceAll(target, "/build/target");
  const env = {
    PATH: `${sysroot}/bin:${process.env.PATH}`,
    CARGO_HOME: home,
    CARGO_NET_OFFLINE: "true",
    CARGO_INCREMENTAL: "0",
    CARGO_TARGET_DIR: target,
  };
  const print = (program, args, more = {}) =>
    plainText(
      execFileSync(program, args, {
        cwd: join(source, below),
        env: { ...env, ...more },
        encoding: "utf8",
        stdio: ["ignore", "pipe", process.env.VERBOSE ? "inherit" : "ignore"],
      }),
    );
  const unstable = { RUSTC_BOOTSTRAP: "1" };
  const triple = options.includes("--target") ? options[options.indexOf("--target") + 1] : undefined;
  const quiet = command === "test" && !runs ? ["--no-run"] : [];
  print("cargo", ["generate-lockfile"]);
  const config = print("cargo", ["-Zunstable-options", "config", "get", "--format", "json-value"], unstable);
  const rustc = print("rustc", ["-vV"]);
  const host = /^host: (.*)$/m.exec(rustc)[1];
  const cfg = (...flags) => print("rustc", ["--print", "cfg", ...flags]);
  const answers = {
    unitGraph: JSON.parse(
      print("cargo", [command, ...quiet, ...options, "-Zunstable-options", "--unit-graph"], unstable),
    ),
    metadata: JSON.parse(print("cargo", ["metadata", "--format-version", "1"])),
    config: JSON.parse(config),
    rustc,
  };
  const settings = `realRustc=${sysroot}/bin/rustc shell=/bin/bash${stubs ? "" : " compiles=all"}\n`;
  print("cargo", [command, ...quiet, ...options], {
    RUSTC: script("rustc", `#!/bin/bash\n${settings}${rustcScript}`),
    RUSTDOC: script("rustdoc", logger("rustdoc", calls, `${sysroot}/bin/rustdoc`)),
    [`CARGO_TARGET_${host.toUpperCase().replaceAll("-", "_")}_RUNNER`]: script(
      "runner",
      logger("test", calls, ""),
    ),
  });
  const rows = (file) => plainText(readFileSync(file, "latin1")).split("\0").slice(0, -1);
  const rustcCalls = [];
  const scriptCalls = [];
  const otherCalls = { rustdoc: [], test: [] };
  for (const file of filesBelow(top)) {
    const environment = () => rows(file.replace(/arguments$/, "environment"));
    const variables = () => environment().filter(isKept).sort();
    if (file.endsWith(".arguments") && basename(file).startsWith(".oracle-")) {
      const directory = environment().find((row) => row.startsWith("PWD="));
      rustcCalls.push({ directory: directory.slice(4), words: rows(file), variables: variables() });
    } else if (file.endsWith(".arguments")) {
      const [directory, kind, ...words] = rows(file);
      otherCalls[kind].push({ directory, words, variables: variables() });
    } else if (basename(file) === ".oracle-environment") {
      scriptCalls.push({ variables: rows(file).filter(isKept).sort() });
    }
  }
  // Conditions hold with the flags of the configuration, which are the target's alone where one is named.
  const flags = flagsOf(scriptCalls, triple ?? host);
  answers.cfg = triple === undefined ? cfg(...flags) : cfg();
  if (triple !== undefined) answers.targetCfg = cfg("--target", triple, ...flags);
  rmSync(top, { recursive: true });
  const sorted = (some) => some.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    cargo: [command, ...options],
    directory: below,
    ...(runs ? { runs } : {}),
    ...(stubs ? { stubs } : {}),
    files,
    ...answers,
    calls: sorted(rustcCalls),
    scripts: sorted(scriptCalls),
    ...(runs ? { tests: sorted(otherCalls.test), doctests: sorted(otherCalls.rustdoc) } : {}),
  };
}

/** What a build script for the target is told of rustc's flags. */
function flagsOf(scripts, triple) {
  const variables = scripts
    .map((script) => script.variables)
    .find((rows) => rows.includes(`TARGET=${triple}`));
  const whole = variables?.find((row) => row.startsWith("CARGO_ENCODED_RUSTFLAGS=")) ?? "";
  return whole
    .slice("CARGO_ENCODED_RUSTFLAGS=".length)
    .split("\x1f")
    .filter((word) => word !== "");
}

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const names = process.argv.slice(2).map((name) => `${name}.json`);
for (const name of names.length > 0 ? names : readdirSync(goldens)) {
  const file = join(goldens, name);
  writeFileSync(file, `${JSON.stringify(record(JSON.parse(readFileSync(file, "utf8"))), null, 1)}\n`);
}
