// The files of a project's own packages, as the derivations that build them get them.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NarDirectory, NarNode } from "../../emit/nar.ts";
import type { SolutionFiles } from "../../emit/npm/solution.ts";
import type { WorkspaceFiles } from "../../emit/npm/workspaces.ts";
import { nodeOfDirectory } from "../../emit/sink/tree.ts";
import { asBytes, type Bytes, toBuffer, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";

/** At the top of a project, and no part of what is built from it. */
const forPeople =
  /^(?:\.git.*|.*\.(?:md|nix|patch)|CHANGELOG.*|LICEN[CS]E.*|README.*|flake\.lock|npm-shrinkwrap\.json|package-lock\.json|pnpm-lock\.yaml|yarn\.lock)$/i;

export function workspaceFiles(source: string, tree: PackageTree): WorkspaceFiles {
  const members = new Set(tree.members.map(({ location }) => location));
  const whole = (location: Bytes): NarDirectory => {
    const node = nodeOfDirectory(Buffer.concat([Buffer.from(`${source}/`), toBuffer(location)]));
    const own = without(node, location, members);
    return own.kind === "directory" ? own : { kind: "directory", entries: new Map() };
  };
  return {
    top: topOf(source),
    whole,
    view: (location) => ({
      kind: "directory",
      entries: new Map(
        [...whole(location).entries].filter(([name]) => /^(?:package|tsconfig.*)\.json$/.test(name)),
      ),
    }),
  };
}

/** Whether the package.json of a member has a script. */
export function hasScript(source: string, script: string): (location: Bytes) => boolean {
  return (location) => {
    const file = join(source, toText(location), "package.json");
    if (!existsSync(file)) return false;
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    const scripts =
      typeof manifest === "object" && manifest !== null && "scripts" in manifest ? manifest.scripts : {};
    return typeof new Map(Object.entries(scripts ?? {})).get(script) === "string";
  };
}

function without(node: NarNode, location: Bytes, members: ReadonlySet<Bytes>): NarNode {
  if (node.kind !== "directory") return node;
  return {
    kind: "directory",
    entries: new Map(
      [...node.entries].flatMap(([name, entry]): [Bytes, NarNode][] => {
        const below = asBytes(`${location}/${name}`);
        return name === "node_modules" || members.has(below) ? [] : [[name, without(entry, below, members)]];
      }),
    ),
  };
}

/** Settings that lie at the top of a project are for all of its packages; its scripts are not. */
function topOf(source: string): NarNode {
  const top = nodeOfDirectory(Buffer.from(source));
  if (top.kind !== "directory") return top;
  const entries = [...top.entries].flatMap(([name, entry]): [Bytes, NarNode][] => {
    if (entry.kind === "directory" || forPeople.test(toText(name))) return [];
    return [
      [
        name,
        name === "package.json" && entry.kind === "file"
          ? withoutScripts(join(source, "package.json"))
          : entry,
      ],
    ];
  });
  return { kind: "directory", entries: new Map(entries) };
}

/** The files of TypeScript projects: of what others see, nothing but names where the compiler reads declarations. */
export function solutionFiles(source: string): SolutionFiles {
  const fileAt = (path: Bytes): string => join(source, toText(path));
  const whole = (path: Bytes): NarNode => ({
    kind: "file",
    executable: false,
    contents: () => readFileSync(fileAt(path)),
  });
  return {
    whole,
    view: (path) => {
      if (/(?:^|\/)package\.json$/.test(path)) return withoutScripts(fileAt(path));
      const isRead = /(?:\.json|\.d(?:\.[^./]+)?\.[cm]?ts)$/.test(path);
      return isRead ? whole(path) : { kind: "file", executable: false, contents: asBytes("") };
    },
  };
}

function withoutScripts(file: string): NarNode {
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  const kept = Object.entries(manifest as object).filter(([name]) => name !== "scripts");
  const contents = Buffer.from(`${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
  return { kind: "file", executable: false, contents };
}
