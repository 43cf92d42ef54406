// Evaluates Nix code inside a builder, without a daemon and without recursive-nix. The sandbox's store directory can
// be written: what evaluation adds lies there until the builder ends, beside the builder's inputs. A store of its own
// in the temporary directory knows the inputs as valid paths.

import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDerivation } from "../../emit/aterm-reader.ts";
import type { Derivation } from "../../emit/derivation.ts";
import { type Adopted, adopt, type EvaluatedSource } from "../../emit/dynamic/adopt.ts";
import { type NarNode, narOf } from "../../emit/nar.ts";
import { findReferences, type KnownPaths } from "../../emit/references.ts";
import { nodeOfDirectory } from "../../emit/sink/tree.ts";
import { hashPartOf, nameOf, storePathProblem } from "../../emit/store-path.ts";
import { asBytes, type Bytes, fromBuffer, fromText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export interface Evaluation {
  /** Prefix of every name. */
  readonly name: string;
  /** Store path of a package with bin/nix-instantiate. */
  readonly nix: string;
  /** Path of a Nix file. */
  readonly expression: string;
  /** JSON; store paths in its texts keep their meaning. */
  readonly arguments: unknown;
  /** "a.b", or "" for the whole. */
  readonly attribute: string;
  readonly storeDir: string;
  /** A directory that may be written. */
  readonly temporary: string;
  /** Experimental features, one space between. */
  readonly features: string;
}

/** Gives texts in JSON the context of the store paths that stand in them: without it, nothing would depend on those. */
const wrapper = `let
  storePaths = "(\${builtins.storeDir}/[0-9a-z]{32}-[0-9A-Za-z+._?=-]+)";
  withContext =
    value:
    if builtins.isString value then
      builtins.concatStringsSep "" (
        map (part: if builtins.isList part then builtins.storePath (builtins.head part) else part) (
          builtins.split storePaths value
        )
      )
    else if builtins.isList value then
      map withContext value
    else if builtins.isAttrs value then
      builtins.mapAttrs (_: withContext) value
    else
      value;
  arguments = withContext (builtins.fromJSON (builtins.readFile ./arguments.json));
  expression = import EXPRESSION;
in
if builtins.isFunction expression then expression arguments else expression
`;

export function evaluate(evaluation: Evaluation): Adopted {
  const { storeDir, name } = evaluation;
  const before = new Set(readdirSync(storeDir));
  registerInputs(evaluation, before);
  const root = instantiate(evaluation);
  const added = readdirSync(storeDir)
    .filter((base) => !before.has(base))
    .map((base) => fromText(join(storeDir, base)))
    .filter((path) => storePathProblem(path, fromText(storeDir)) === undefined);
  const known: KnownPaths = new Map(
    [...[...before].map((base) => fromText(join(storeDir, base))), ...added].map((path) => [
      hashPartOf(path),
      path,
    ]),
  );
  const derivations = new Map<Bytes, Derivation>();
  const sources = new Map<Bytes, EvaluatedSource>();
  for (const path of added) {
    if (path.endsWith(".drv")) derivations.set(path, readDerivation(path));
    else sources.set(path, readSource(path, known));
  }
  return adopt({ derivations, sources, root }, fromText(name), fromText(storeDir));
}

function readDerivation(path: Bytes): Derivation {
  const name = asBytes(nameOf(path).slice(0, -".drv".length));
  return parseDerivation(fromBuffer(readFileSync(path)), name, { file: path });
}

function readSource(path: Bytes, known: KnownPaths): EvaluatedSource {
  const node = nodeAt(path);
  return { node, references: findReferences(narOf(node), known).filter((reference) => reference !== path) };
}

function nodeAt(path: string): NarNode {
  const stat = lstatSync(path);
  if (stat.isDirectory()) return nodeOfDirectory(Buffer.from(path));
  if (stat.isSymbolicLink()) return { kind: "symlink", target: asBytes(readlinkSync(path, "latin1")) };
  return { kind: "file", executable: (stat.mode & 0o100) !== 0, contents: fromBuffer(readFileSync(path)) };
}

/** Everything in the sandbox's store is an input of the builder. Evaluation asks whether a path is valid, no more. */
function registerInputs(evaluation: Evaluation, names: ReadonlySet<string>): void {
  const { storeDir } = evaluation;
  const hash = "0".repeat(64);
  const rows = [...names]
    .map((base) => join(storeDir, base))
    .filter((path) => storePathProblem(fromText(path), fromText(storeDir)) === undefined)
    .map((path) => `${path}\n${hash}\n1\n\n0\n`);
  const ran = runNix(evaluation, "nix-store", ["--load-db"], rows.join(""));
  if (ran.status !== 0) failNix(evaluation, ran.stderr);
}

function instantiate(evaluation: Evaluation): Bytes {
  const file = join(evaluation.temporary, "wrapper.nix");
  writeFileSync(join(evaluation.temporary, "arguments.json"), JSON.stringify(evaluation.arguments));
  writeFileSync(
    file,
    wrapper.replace("EXPRESSION", () => nixString(evaluation.expression)),
  );
  const attribute = evaluation.attribute === "" ? [] : ["-A", evaluation.attribute];
  const ran = runNix(evaluation, "nix-instantiate", [file, ...attribute], "");
  if (ran.status !== 0) failNix(evaluation, ran.stderr);
  const found = ran.stdout.split("\n").filter((line) => line !== "");
  const [root = ""] = found;
  if (found.length !== 1) {
    fail({
      code: "dynamic/several",
      message: `"${evaluation.expression}" gives ${found.length} derivations, and one is wanted`,
      hint: "choose one with attribute = ...",
    });
  }
  // "PATH!dev": an output that is not the first; the derivation has them all.
  return fromText(root.replace(/!.*$/, ""));
}

function nixString(text: string): string {
  return `"${text.replace(/[\\"]|\$(?=\{)/g, "\\$&")}"`;
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runNix(evaluation: Evaluation, program: string, args: readonly string[], input: string): Ran {
  const { temporary, storeDir, nix, features } = evaluation;
  const configuration = join(temporary, "configuration");
  mkdirSync(configuration, { recursive: true });
  writeFileSync(
    join(configuration, "nix.conf"),
    `experimental-features = ${features}\nbuild-users-group =\nsubstituters =\nbuilders =\nallow-import-from-derivation = false\n`,
  );
  const ran = spawnSync(join(nix, "bin", program), args, {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 30,
    env: {
      HOME: temporary,
      NIX_CONF_DIR: configuration,
      NIX_LOG_DIR: join(temporary, "log"),
      NIX_PATH: "",
      NIX_REMOTE: "local",
      NIX_STATE_DIR: join(temporary, "state"),
      NIX_STORE_DIR: storeDir,
      TMPDIR: temporary,
    },
  });
  if (ran.error !== undefined) failNix(evaluation, ran.error.message);
  return ran;
}

function failNix({ expression }: Evaluation, stderr: string): never {
  const lines = stderr.split("\n").filter((line) => !/^warning: /.test(line));
  return fail({
    code: "dynamic/evaluation",
    message: `Nix cannot evaluate "${expression}":\n${lines.join("\n").trimEnd()}`,
    hint: "it sees its own file, what args name, and no network; nothing can be built while it runs",
  });
}
