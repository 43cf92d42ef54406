// Packages in the places where a package manager puts them: what a lockfile means for one project and one machine.
// Plain data without functions or maps, so that it is the same after JSON.

import type { Bytes } from "./bytes.ts";

/** `hoisted`: npm's flat tree with nesting where versions differ. `isolated`: pnpm's virtual store and links. */
export type PackageLayout = "hoisted" | "isolated";

/** Paths are relative to the project, with `/`, and have no empty part, `.` or `..` in them. */
export interface PackageTree {
  readonly layout: PackageLayout;
  /** The project's own name, `undefined` when its package.json has none. */
  readonly name: Bytes | undefined;
  /**
   * False when the lockfile (npm's version 1) does not know bins, scripts and platforms: the packages' own
   * package.json files must complete it before anything but fetching can be planned.
   */
  readonly isComplete: boolean;
  /** By depth, then by path, as npm orders them when it links bins. */
  readonly packages: readonly PlacedPackage[];
  /** Symlinks to directories, in the same order. */
  readonly links: readonly DirectoryLink[];
  /** Packages of the project itself that links lead to: workspaces and `file:` directories. Sorted by location. */
  readonly members: readonly ProjectMember[];
  /** What the project itself depends on: locations of packages and links, sorted. */
  readonly top: readonly Bytes[];
  /** Files that the package manager writes itself, such as `node_modules/.package-lock.json`. */
  readonly files: readonly PlainFile[];
  /** Locked packages that are left out, and why: for people. Sorted by location. */
  readonly omitted: readonly OmittedPackage[];
}

export interface PlacedPackage {
  /** Its directory: `node_modules/a/node_modules/b`. */
  readonly location: Bytes;
  /** The package's own name, which an alias does not change. */
  readonly name: Bytes;
  /** `undefined` when the lockfile has none, which it may for git and tarball URLs. */
  readonly version: Bytes | undefined;
  readonly source: PackageSource;
  /** `undefined` when only its package.json says. */
  readonly bins: readonly Bin[] | undefined;
  readonly scripts: ScriptPolicy;
  /** npm's four flags, which scripts see in their environment. */
  readonly isDev: boolean;
  readonly isOptional: boolean;
  readonly isDevOptional: boolean;
  readonly isPeer: boolean;
  /** Patch files of the project, applied in this order with `-p1` in the package's directory. */
  readonly patches: readonly Bytes[];
  /**
   * Where its dependencies are found: locations of packages and of links that are in the tree, sorted. What is missing
   * (an optional one for another system) is left out.
   */
  readonly dependencies: readonly Bytes[];
  /** Those of them that it does without; left out when there are none, or nobody knows. */
  readonly optional?: readonly Bytes[];
}

/**
 * What npm would do with the install scripts of a package. `none`: it has none. `run`. `denied`: the project's policy
 * forbids them. `unknown`: only its package.json says whether it has any, and the policy does not forbid them.
 */
export type ScriptPolicy = "none" | "run" | "denied" | "unknown";

export type PackageSource =
  | TarballSource
  | GitSource
  /** A tarball that is a file of the project. */
  | { readonly kind: "file"; readonly path: Bytes; readonly integrity: Integrity | undefined }
  /** A directory of the project, copied: pnpm's `file:` directories. */
  | { readonly kind: "directory"; readonly path: Bytes }
  /** Comes in the tarball of the package at `owner`, at the same place below it. */
  | { readonly kind: "bundled"; readonly owner: Bytes };

export interface TarballSource {
  readonly kind: "tarball";
  /** Without user name, password or fragment. */
  readonly url: Bytes;
  readonly integrity: Integrity;
  /**
   * The integrity is not the tarball's, but that of the archive that yarn makes of it, whose files lie below this
   * directory: `node_modules/@scope/name`.
   */
  readonly archive?: Bytes;
}

export interface GitSource {
  readonly kind: "git";
  /** `https://`, `ssh://`, `git://` or `file://`, without `git+`, user's password or fragment. */
  readonly url: Bytes;
  /** 40 hexadecimal digits. */
  readonly commit: Bytes;
  /** The directory of the package in the repository; `undefined` for its root. */
  readonly directory: Bytes | undefined;
}

export interface Integrity {
  readonly algorithm: "sha1" | "sha256" | "sha512";
  /** `sha512-` and base64, padded: what Nix takes as `outputHash`. */
  readonly sri: Bytes;
}

/** A program of a package, as npm normalizes them: the name has no `/`, the path does not leave the package. */
export interface Bin {
  readonly name: Bytes;
  /** Relative to the package. */
  readonly path: Bytes;
}

/** A symlink to a directory: a workspace, a `file:` or `link:` directory, or a dependency in the isolated layout. */
export interface DirectoryLink {
  readonly location: Bytes;
  /** Where it leads: a directory of the project, or the location of a package. */
  readonly target: Bytes;
  /** The link's contents, relative to its directory. */
  readonly text: Bytes;
}

/** A package whose directory is the project's: a workspace, or a directory that a `file:` dependency names. */
export interface ProjectMember {
  readonly location: Bytes;
  readonly name: Bytes;
  readonly version: Bytes | undefined;
  readonly isWorkspace: boolean;
  readonly bins: readonly Bin[];
  /** As in {@link PlacedPackage}: also the links to other members. */
  readonly dependencies: readonly Bytes[];
}

export interface PlainFile {
  readonly location: Bytes;
  readonly contents: Bytes;
}

export interface OmittedPackage {
  readonly location: Bytes;
  readonly name: Bytes;
  readonly version: Bytes | undefined;
  /**
   * `unsupported`: optional, and it or what it needs is not for the target system or its Node. `omit`: its kind was not
   * asked for.
   */
  readonly reason: "omit" | "unsupported";
}
