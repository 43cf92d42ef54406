// The cargo sample, cold and after edits, beside cargo itself in the same sandbox: what is built again, processor time
// and wall time. For cargo with and without incremental compilation, and for what builds a workspace as one derivation.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packCrate, sha256Of } from "../../cargo/crates.ts";
import {
  type BuildResult,
  type BuildStore,
  cacheDirectory,
  makeBuildStore,
  projectDirectory,
} from "../build-store.ts";
import { type CargoProject, cargoArguments, makeCargoProject, setUpRust } from "../cargo-project.ts";

const minutes = 60_000;
const settings = { "max-jobs": "2", cores: "1" };

interface Edit {
  readonly name: string;
  /** File -> what becomes of its text. */
  readonly files?: Readonly<Record<string, (text: string) => string>>;
  /** Files whose time changes. */
  readonly touched?: readonly string[];
  /** Attributes for unravel.cargo, and arguments for cargo. */
  readonly attributes?: string;
  readonly arguments?: readonly string[];
  /** A crate of which there is a new version. */
  readonly bumped?: string;
}

const appended =
  (more: string) =>
  (text: string): string =>
    text + more;
const replaced =
  (search: string, replace: string) =>
  (text: string): string => {
    const parts = text.split(search);
    if (parts.length !== 2) throw new Error(`"${search}" occurs ${parts.length - 1} times`);
    return parts.join(replace);
  };

const compare = "crates/core/src/compare.rs";
const edits: readonly Edit[] = [
  { name: "comment in a program", files: { "crates/cairn/src/main.rs": appended("// That is all.\n") } },
  {
    name: "body in a program",
    files: { "crates/cairn/src/main.rs": replaced('"{} files, {} bytes"', '"{} files with {} bytes"') },
  },
  { name: "comment in `cairn-core`, used by four", files: { [compare]: appended("// That is all.\n") } },
  {
    name: "body in `cairn-core`",
    files: { [compare]: replaced("if a.sum != b.sum || a.digest", "if a.size != b.size || a.digest") },
  },
  {
    name: "signature in `cairn-core`",
    files: {
      [compare]: replaced(
        "pub fn compare(before: &Snapshot, after: &Snapshot)",
        "pub fn compare<'a>(before: &'a Snapshot, after: &'a Snapshot)",
      ),
    },
  },
  {
    name: "text that a macro includes, in `cairn-report`",
    files: { "crates/report/src/header.txt": (text) => text.toUpperCase() },
  },
  {
    name: "C code behind a build script",
    files: { "crates/rolling-sys/c/rolling.c": replaced("a = (a + bytes[i])", "a = (bytes[i] + a)") },
  },
  {
    name: "a feature switched off",
    attributes: "buildNoDefaultFeatures = true;",
    arguments: ["--no-default-features"],
  },
  { name: "README of a member", files: { "crates/cairn/README.md": appended("More.\n") } },
  {
    name: "comment in the workspace's manifest",
    files: { "Cargo.toml": (text) => `# A workspace.\n${text}` },
  },
  { name: "a file touched, nothing changed", touched: ["crates/core/src/lib.rs"] },
  { name: "a new version of `walkdir`, used by one", bumped: "walkdir" },
  { name: "a new version of `memchr`, used by many", bumped: "memchr" },
];

interface Figures {
  readonly units: number;
  readonly cpu: number;
  readonly wall: number;
}

describe("the cargo sample", () => {
  let store: BuildStore;
  let project: CargoProject;
  const rows: string[] = [];

  const expression = (attributes = ""): string =>
    `{ package = e2e.unravel.cargo ${cargoArguments(project, attributes)}; }`;

  const unitsOf = ({ built }: BuildResult): number =>
    built.filter(({ name }) => /^cargo-\d+-.*-[0-9a-f]{7}$/.test(name)).length;
  const figuresOf = (result: BuildResult): Figures => ({
    units: unitsOf(result),
    cpu: result.cpuSeconds,
    wall: result.seconds,
  });
  const row = (...cells: readonly (string | number)[]): void => {
    rows.push(
      `| ${cells.map((cell) => (typeof cell === "number" ? cell.toFixed(1) : cell)).join(" | ")} |\n`,
    );
  };

  /** Another version, in the registry and in the lockfile. */
  const bump = (name: string): (() => void) => {
    const lockFile = join(project.directory, "Cargo.lock");
    const lock = readFileSync(lockFile, "utf8");
    const entry = new RegExp(`name = "${name}"\\nversion = "([^"]+)"\\n(source = .*\\n)checksum = "[^"]+"`);
    const [, version = "", source = ""] = entry.exec(lock) ?? [];
    const next = version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
    const work = join(store.directory, "bumped");
    cpSync(join(project.vendored, `${name}-${version}`), join(work, `${name}-${next}`), { recursive: true });
    const manifest = join(work, `${name}-${next}`, "Cargo.toml");
    writeFileSync(
      manifest,
      readFileSync(manifest, "utf8").replace(`version = "${version}"`, `version = "${next}"`),
    );
    const checksum = sha256Of(packCrate(work, `${name}-${next}`, join(store.directory, "crates")));
    writeFileSync(
      lockFile,
      lock.replace(entry, `name = "${name}"\nversion = "${next}"\n${source}checksum = "${checksum}"`),
    );
    return () => writeFileSync(lockFile, lock);
  };

  /** Changes the project; the result undoes it. */
  const change = ({ files = {}, bumped }: Edit): (() => void) => {
    const before = Object.keys(files).map(
      (file) => [file, readFileSync(join(project.directory, file), "utf8")] as const,
    );
    for (const [file, edit] of Object.entries(files)) {
      const path = join(project.directory, file);
      writeFileSync(path, edit(readFileSync(path, "utf8")));
    }
    const undo = bumped === undefined ? () => undefined : bump(bumped);
    return () => {
      for (const [file, text] of before) writeFileSync(join(project.directory, file), text);
      undo();
    };
  };

  beforeAll(async () => {
    setUpRust();
    store = await makeBuildStore();
    project = await makeCargoProject(store);
    for (const [index, edit] of edits.entries()) {
      const undo = change(edit);
      cpSync(project.directory, join(store.directory, `edit${index}`), { recursive: true });
      undo();
    }
  }, 12 * minutes);
  afterAll(async () => {
    const text = rows.join("");
    const directory = join(cacheDirectory, "reports");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "project-cargo.txt"), text);
    process.stdout.write(text);
    await project?.remove();
    store?.remove();
  }, minutes);

  test("is built cold, and again after each edit", async () => {
    const fetched = await store.mustBuild(
      `{ package = e2e.unravel.cargo ${cargoArguments(project)}; inherit (e2e.unravel.cargo ${cargoArguments(project)}) graph vendored; }`,
      ["graph", "vendored"],
      { settings },
    );
    const cold = await store.mustBuild(expression(), ["package"], { settings });
    rows.push("unravel: units built, CPU s, wall s\n");
    row("fetch and unpack, unit graph", "", fetched.cpuSeconds, fetched.seconds);
    row("cold, crates there", String(unitsOf(cold)), cold.cpuSeconds, cold.seconds);
    for (const edit of edits) {
      const undo = change(edit);
      const figures = figuresOf(
        await store.mustBuild(expression(edit.attributes), ["package"], { settings }),
      );
      undo();
      row(edit.name, String(figures.units), figures.cpu, figures.wall);
    }
    expect(unitsOf(cold)).toBeGreaterThan(120);
  });

  test.each([
    ["as it comes", "1"],
    ["without incremental compilation", "0"],
  ])("cargo %s, in the same sandbox", async (how, incremental) => {
    const vendoredOf = (index: number): string =>
      `(e2e.unravel.cargo (${cargoArguments(project)} // { src = ./edit${index}; })).vendored`;
    const steps = edits.map((edit, index) => {
      const files = [
        ...Object.keys(edit.files ?? {}),
        ...(edit.touched ?? []),
        ...(edit.bumped === undefined ? [] : ["Cargo.lock"]),
      ];
      const vendored = edit.bumped === undefined ? "package.vendored" : vendoredOf(index);
      return `step ${index} \${${vendored}} "${files.join(" ")}" ${(edit.arguments ?? []).join(" ")}`;
    });
    const trees = edits.map((_, index) => `edit${index} = ./edit${index};`).join(" ");
    const script = join(projectDirectory, "test/e2e/nix/cargo/figures.sh");
    const { paths } = await store.mustBuild(
      `rec {
        package = e2e.unravel.cargo ${cargoArguments(project)};
        figures = e2e.stdenv.mkDerivation ({
          name = "figures-${incremental}";
          nativeBuildInputs = [ e2e.rust.cargo e2e.rust.rustc e2e.toolchain.pkg-config ];
          buildInputs = [ e2e.toolchain.packages.zlib1g-dev ];
          inherit (package) source vendored;
          members = " cairn cairn-core cairn-macros cairn-report cairn-scan cairn-store rolling-sys";
          CARGO_INCREMENTAL = "${incremental}";
          buildCommand = builtins.readFile ${script} + ''
            ${steps.join("\n            ")}
          '';
        } // { ${trees} });
      }`,
      ["figures"],
      { settings },
    );
    rows.push(`cargo ${how}: rustc runs, CPU s, wall s\n`);
    for (const line of readFileSync(store.physical(paths[0] ?? ""), "utf8")
      .trim()
      .split("\n")) {
      const [name = "", runs = "", cpu, wall] = line.split(" ");
      row(edits[Number(name)]?.name ?? name, runs, Number(cpu), Number(wall));
    }
  });
});
