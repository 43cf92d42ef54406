// Records test/golden/cargo anew: for each file there, the project in it ("files", "cargo") is written to a temporary
// directory, cargo is asked about it and builds it, and what it called rustc with is kept. Uses cargo and rustc of PATH.
//   node scripts/record-cargo.mjs

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const goldens = join(import.meta.dirname, "../test/golden/cargo");
const sysroot = execFileSync("rustc", ["--print", "sysroot"], { encoding: "utf8" }).trim();

/** rustc, with its directory and arguments written down for each crate. */
const recorder = `#!/bin/bash
crate=''
for ((i = 1; i < $#; i++)); do
  next=$((i + 1))
  if [[ \${!i} == --crate-name ]]; then crate=\${!next}; fi
done
if [[ -n $crate && $crate != ___ ]]; then
  printf '%s\\0' "$PWD" "$@" > "$(mktemp "$CALLS/XXXXXXXX")"
fi
exec "$REAL_RUSTC" "$@"
`;

function record({ files, directory: below = "", cargo: [command, ...options] }) {
  const top = mkdtempSync(join(tmpdir(), "unravel-record-"));
  const [source, target, calls, home] = ["source", "target", "calls", "home"].map((name) => join(top, name));
  for (const directory of [source, calls, home]) mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), text);
  }
  writeFileSync(join(top, "rustc"), recorder, { mode: 0o755 });
  const env = {
    PATH: `${sysroot}/bin:${process.env.PATH}`,
    CARGO_HOME: home,
    CARGO_NET_OFFLINE: "true",
    CARGO_INCREMENTAL: "0",
    CARGO_TARGET_DIR: target,
  };
  const print = (program, args, more = {}) =>
    execFileSync(program, args, {
      cwd: join(source, below),
      env: { ...env, ...more },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .replaceAll(source, "/build/source")
      .replaceAll(target, "/build/target");
  const unstable = { RUSTC_BOOTSTRAP: "1" };
  const words = [command, ...(command === "test" ? ["--no-run"] : []), ...options];
  print("cargo", ["generate-lockfile"]);
  const answers = {
    unitGraph: JSON.parse(print("cargo", [...words, "-Zunstable-options", "--unit-graph"], unstable)),
    metadata: JSON.parse(print("cargo", ["metadata", "--format-version", "1"])),
    config: JSON.parse(
      print("cargo", ["-Zunstable-options", "config", "get", "--format", "json-value"], unstable),
    ),
    rustc: print("rustc", ["-vV"]),
    cfg: print("rustc", ["--print", "cfg"]),
  };
  print("cargo", words, { RUSTC: join(top, "rustc"), REAL_RUSTC: join(sysroot, "bin/rustc"), CALLS: calls });
  const made = readdirSync(calls).map((file) => {
    const text = readFileSync(join(calls, file), "utf8");
    const [directory, ...rest] = text
      .replaceAll(source, "/build/source")
      .replaceAll(target, "/build/target")
      .split("\0")
      .slice(0, -1);
    return { directory, words: rest };
  });
  rmSync(top, { recursive: true });
  const sorted = made.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { cargo: [command, ...options], directory: below, files, ...answers, calls: sorted };
}

for (const name of readdirSync(goldens)) {
  const file = join(goldens, name);
  writeFileSync(file, `${JSON.stringify(record(JSON.parse(readFileSync(file, "utf8"))), null, 1)}\n`);
}
