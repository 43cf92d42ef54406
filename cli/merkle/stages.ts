// Stages of a tree that is fetched node by node.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { printDerivation } from "../../emit/aterm.ts";
import { deriveTree, type MerkleSettings, setOfTree } from "../../emit/merkle/expand.ts";
import { type GitEntry, parseGitObject, parseGitTree } from "../../emit/merkle/git-tree.ts";
import type { EmissionContext } from "../../emit/outputs/context.ts";
import { divisionOf, entryDerivation, entryObjects } from "../../emit/outputs/emission.ts";
import { writeNode, writeOutputs } from "../../emit/sink/outputs.ts";
import { nodeOfDirectory } from "../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { type Attributes, scratchPaths, structuredAttributes, text } from "../builder-attributes.ts";
import { emissionContext } from "../settings.ts";
import { readGitObject } from "./git-objects.ts";

export type MerkleStage = "merkle-copy" | "merkle-emit" | "merkle-expand" | "merkle-object" | "merkle-tree";

export function runMerkleStage(stage: MerkleStage, env: NodeJS.ProcessEnv): void {
  const attributes = structuredAttributes(env);
  const outputs = scratchPaths(attributes);
  const out = outputs.get("out") ?? "";
  switch (stage) {
    case "merkle-object":
      writeFileSync(out, readGitObject(text(attributes, "repository"), fromText(text(attributes, "hash"))));
      return;
    case "merkle-expand":
      writeFileSync(out, toBuffer(printDerivation(expansion(attributes, env))));
      return;
    case "merkle-emit": {
      const { entries, listing, settings, context } = directoryOf(attributes, env);
      const division = divisionOf(setOfTree(entries, settings));
      writeOutputs(entryObjects(division, deriveTree(entries, listing, settings, context), context), outputs);
      return;
    }
    case "merkle-tree":
      writeTree(out, attributes);
      return;
    case "merkle-copy":
      copyTree(text(attributes, "tree"), Buffer.from(out));
      return;
  }
}

/** The derivation whose outputs are what one directory needs. */
function expansion(attributes: Attributes, env: NodeJS.ProcessEnv): ReturnType<typeof entryDerivation> {
  const { entries, listing, settings, context } = directoryOf(attributes, env);
  const inputs = new Map([
    ["listing", listing],
    ["environment", context.environment],
  ]);
  const more = new Map([
    ["hash", fromText(text(attributes, "hash"))],
    ["setName", settings.name],
  ]);
  const division = divisionOf(setOfTree(entries, settings));
  const derivation = entryDerivation(division, "merkle-emit", context, inputs, settings.text);
  const structuredAttrs = new Map([
    ...(derivation.structuredAttrs ?? []),
    ...[...more].map(([name, value]) => [asBytes(name), value] as const),
  ]);
  return { ...derivation, structuredAttrs };
}

interface Directory {
  readonly entries: readonly GitEntry[];
  readonly listing: Bytes;
  readonly settings: MerkleSettings;
  readonly context: EmissionContext;
}

function directoryOf(attributes: Attributes, env: NodeJS.ProcessEnv): Directory {
  const listing = fromText(text(attributes, "listing"));
  const json = text(attributes, "settings");
  const fields = new Map<string, unknown>(Object.entries(JSON.parse(json) as object));
  return {
    entries: parseGitTree(fromBuffer(readFileSync(listing)), fromText(text(attributes, "hash"))),
    listing,
    settings: {
      name: fromText(text(attributes, "setName")),
      hash: fromText(text(attributes, "hash")),
      repository: fromText(String(fields.get("repository"))),
      gitHashing: fields.get("gitHashing") === true,
      text: fromText(json),
    },
    context: emissionContext(
      json,
      fromText(text(attributes, "environment")),
      fromText(env["NIX_STORE"] ?? "/nix/store"),
      new Map(),
    ),
  };
}

/** Lays the entries of a directory out: contents as files, and directories as they were built. */
function writeTree(to: string, attributes: Attributes): void {
  const hash = fromText(text(attributes, "hash"));
  const children = attributes.get("children") as readonly string[];
  const listing = fromBuffer(readFileSync(text(attributes, "listing")));
  mkdirSync(to);
  for (const [index, { kind, name }] of parseGitTree(listing, hash).entries()) {
    const from = children[index] ?? "";
    const path = Buffer.concat([Buffer.from(`${to}/`), toBuffer(name)]);
    if (kind === "directory") {
      copyTree(from, path);
      continue;
    }
    const { contents } = parseGitObject(fromBuffer(readFileSync(from)), hash);
    if (kind === "symlink") symlinkSync(toBuffer(contents), path);
    else writeFileSync(path, toBuffer(contents), { mode: kind === "executable" ? 0o755 : 0o644 });
  }
}

function copyTree(from: string, to: Buffer): void {
  writeNode(nodeOfDirectory(Buffer.from(from)), to);
}
