// `unravel graph npm`: the packages of a lockfile, for people and as JSON.

import { basename, dirname, resolve } from "node:path";
import { binLinksOf } from "../../generators/npm/bins.ts";
import { integrityOf, type Pins } from "../../generators/npm/integrity.ts";
import { registryOf } from "../../generators/npm/npmrc.ts";
import { type TargetSystem, targetOfSystem } from "../../generators/npm/platform.ts";
import { asBytes, type Bytes, fromText, toBuffer, toText } from "../../graph/bytes.ts";
import type { Integrity, PackageTree } from "../../graph/package-tree.ts";
import { readNamedFile } from "../files.ts";
import { count } from "../graph-text.ts";
import type { Session } from "../io.ts";
import { failUsage } from "../usage.ts";
import { loadPackageTree } from "./load-tree.ts";
import { lockfiles, readProjectFiles } from "./project-files.ts";

export interface TreeFlags {
  readonly json?: true;
  readonly system?: string;
  readonly omit?: readonly string[];
  readonly registry?: string;
  readonly pin?: readonly string[];
}

/** Names that a summary shows of a long list. */
const few = 20;

export async function printTree(session: Session, file: string, flags: TreeFlags): Promise<void> {
  const { io } = session;
  const path = resolve(io.cwd, file);
  readNamedFile(path, file);
  const isHidden = basename(dirname(path)) === "node_modules";
  const directory = isHidden ? dirname(dirname(path)) : dirname(path);
  const lockfile = isHidden ? `node_modules/${basename(path)}` : basename(path);
  if (!lockfiles.some((name) => name === lockfile)) {
    failUsage(`"${file}" is not called as a lockfile is`, `lockfiles: ${lockfiles.join(", ")}`);
  }
  session.spanBase = directory;
  const registry = flags.registry === undefined ? undefined : registryFlag(flags.registry);
  const tree = await loadPackageTree({
    files: readProjectFiles(directory),
    lockfile: fromText(lockfile),
    target: systemFlag(flags.system),
    nodeVersion: process.version,
    omit: omitFlag(flags.omit ?? []),
    pins: pinsFlag(flags.pin ?? []),
    ...(registry === undefined ? {} : { registry }),
  });
  const text = flags.json === true ? `${JSON.stringify(tree)}\n` : summaryOf(tree, lockfile);
  // Names are bytes that came from UTF-8.
  await io.out(flags.json === true ? toBuffer(asBytes(text)) : text);
}

function registryFlag(text: string): string {
  return (
    registryOf(text) ?? failUsage(`"${text}", given with --registry, is no URL`, "give one with https://")
  );
}

/** This machine's when it is not given. */
function systemFlag(system: string | undefined): TargetSystem {
  if (system === undefined) {
    const libc = process.platform === "linux" ? libcOfNode() : undefined;
    return { os: process.platform, cpu: process.arch, libc };
  }
  const [name = "", libc = "glibc"] = system.replace(/-(glibc|musl)$/, " $1").split(" ");
  const target = libc === "musl" || libc === "glibc" ? targetOfSystem(name, libc) : undefined;
  if (target !== undefined) return target;
  return failUsage(
    `"${system}" is not a system`,
    "systems: x86_64-linux, aarch64-linux-musl, aarch64-darwin, …",
  );
}

/** As npm finds it: the report has a version of glibc, or none. */
function libcOfNode(): "glibc" | "musl" {
  const report: unknown = process.report?.getReport();
  const header =
    typeof report === "object" && report !== null && "header" in report ? report.header : undefined;
  const hasGlibc = typeof header === "object" && header !== null && "glibcVersionRuntime" in header;
  return hasGlibc ? "glibc" : "musl";
}

function omitFlag(kinds: readonly string[]): ReadonlySet<"dev" | "optional" | "peer"> {
  return new Set(
    kinds.map((kind) =>
      kind === "dev" || kind === "optional" || kind === "peer"
        ? kind
        : failUsage(`"${kind}", given with --omit, is no kind of dependency`, "kinds: dev, optional, peer"),
    ),
  );
}

function pinsFlag(pins: readonly string[]): Pins {
  const found = new Map<Bytes, Integrity>();
  for (const pin of pins) {
    const at = pin.indexOf("=");
    const integrity = at < 0 ? undefined : integrityOf(pin.slice(at + 1));
    if (integrity === undefined) {
      failUsage(
        `"${pin}", given with --pin, has no hash`,
        "write NAME@VERSION=sha512-…, as a lockfile would",
      );
    }
    found.set(fromText(pin.slice(0, at)), integrity);
  }
  return found;
}

const kinds = new Map([
  ["tarball", "from tarballs"],
  ["git", "from git"],
  ["file", "from files of the project"],
  ["bundled", "bundled with others"],
]);

export function summaryOf(tree: PackageTree, lockfile: string): string {
  const sources = [...kinds].flatMap(([kind, words]) => {
    const number = tree.packages.filter(({ source }) => source.kind === kind).length;
    return number === 0 ? [] : [`${String(number).padStart(8)}  ${words}`];
  });
  const lines = [
    `${lockfile}: ${count(tree.packages.length, "package")}, ${tree.layout}`,
    ...sources,
    "",
    `${count(tree.links.length, "link")} to directories, ${count(tree.members.length, "member")} of the project`,
    tree.packages.every(({ bins }) => bins !== undefined)
      ? `${count(binLinksOf(tree).length, "program")} in .bin`
      : "programs in .bin are known when the packages are fetched: this lockfile does not name them",
  ];
  // pnpm denies what is not listed, whether it has scripts or not.
  const isListed = tree.layout === "hoisted";
  const scripts = tree.packages.filter(
    ({ scripts: policy }) => policy === "run" || (isListed && policy === "denied"),
  );
  if (scripts.length > 0) {
    const rows = scripts.map(({ name, version, scripts: policy }) => `${nameOf(name, version)}  ${policy}`);
    lines.push("", "install scripts", ...listed(rows));
  }
  if (tree.omitted.length > 0) {
    const rows = tree.omitted.map(({ name, version, reason }) => `${nameOf(name, version)}  ${reason}`);
    lines.push("", "left out", ...listed(rows));
  }
  return `${lines.join("\n")}\n`;
}

function nameOf(name: Bytes, version: Bytes | undefined): string {
  return toText(version === undefined ? name : asBytes(`${name}@${version}`));
}

function listed(rows: readonly string[]): readonly string[] {
  const shown = [...new Set(rows)].map((row) => `  ${row}`);
  return shown.length > few
    ? [...shown.slice(0, few), `  and ${shown.length - few} more (--json has all)`]
    : shown;
}
