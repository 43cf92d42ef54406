// Reads the recipe that emit/npm/recipe.ts writes, and what else the derivation gives to the assembler.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bytes, fromText } from "../../../graph/bytes.ts";
import type { PackageTree, PlacedPackage } from "../../../graph/package-tree.ts";

export interface RecipePackage {
  readonly location: string;
  readonly name: string;
  readonly version?: string;
  readonly from: "archive" | "built" | "bundled" | "directory" | "file" | "git" | "tarball";
  readonly index?: number;
  readonly git?: RecipeGit;
  /** Locations that are left out when its install script failed, its own among them: npm does so where it is optional. */
  readonly without?: readonly string[];
  readonly bins?: readonly { readonly name: string; readonly path: string }[];
  /** Numbers of files of the recipe. */
  readonly patches?: readonly number[];
}

export interface RecipeGit {
  /** "git+https://…#COMMIT", for people. */
  readonly address: string;
  /** Of the package in the repository. */
  readonly directory?: string;
  /** Somebody gave it as it is to be installed. */
  readonly isPrepared: boolean;
}

export interface RecipeScript {
  readonly location: string;
  readonly command?: string;
  /** A failure is recorded: the package is optional. */
  readonly mayFail: boolean;
  readonly integrity?: string;
  readonly isDev: boolean;
  readonly isOptional: boolean;
  readonly isDevOptional: boolean;
  readonly isPeer: boolean;
}

export interface Recipe {
  readonly layout: PackageTree["layout"];
  /** By depth, then by path. */
  readonly packages: readonly RecipePackage[];
  readonly links: readonly { readonly location: string; readonly target: string; readonly text: string }[];
  readonly members: readonly {
    readonly location: string;
    readonly name: string;
    readonly bins: NonNullable<RecipePackage["bins"]>;
  }[];
  readonly files: readonly { readonly location: string; readonly contents: string }[];
  readonly script?: RecipeScript;
}

/** Store paths that the derivation names. */
export interface Sources {
  readonly recipe: string;
  readonly tarballs: readonly string[];
  readonly built: readonly string[];
  /** Only where packages come from git. */
  readonly checkouts?: readonly string[];
  /** Directory of a package in a checkout -> its files. Not given, but found before the assembly. */
  readonly packed?: ReadonlyMap<string, readonly string[]>;
  /** Store object with `environment.json`; only where scripts run. */
  readonly environment?: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Written by our own code: its form is not checked again. */
export function readSources(attributesFile: string): Sources {
  return JSON.parse(readFileSync(attributesFile, "utf8"));
}

export function readRecipe(directory: string): Recipe {
  return JSON.parse(readFileSync(join(directory, "recipe.json"), "utf8"));
}

/** As much of the tree as decides about bins. */
export function treeOfRecipe(recipe: Recipe): PackageTree {
  const bytes = (text: string): Bytes => fromText(text);
  const binsOf = (bins: NonNullable<RecipePackage["bins"]>): NonNullable<PlacedPackage["bins"]> =>
    bins.map(({ name, path }) => ({ name: bytes(name), path: bytes(path) }));
  return {
    layout: recipe.layout,
    name: undefined,
    isComplete: true,
    packages: recipe.packages.map(({ location, name, version, bins }) => ({
      location: bytes(location),
      name: bytes(name),
      version: version === undefined ? undefined : bytes(version),
      source: { kind: "bundled", owner: bytes("") },
      bins: bins === undefined ? undefined : binsOf(bins),
      scripts: "none",
      isDev: false,
      isOptional: false,
      isDevOptional: false,
      isPeer: false,
      patches: [],
      dependencies: [],
    })),
    links: recipe.links.map(({ location, target, text }) => ({
      location: bytes(location),
      target: bytes(target),
      text: bytes(text),
    })),
    members: recipe.members.map(({ location, name, bins }) => ({
      location: bytes(location),
      name: bytes(name),
      version: undefined,
      isWorkspace: false,
      bins: binsOf(bins),
      dependencies: [],
    })),
    top: [],
    files: [],
    omitted: [],
  };
}
