// Package trees for tests of what is made of them, without a lockfile.

import { createHash } from "node:crypto";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { PackageSource, PackageTree, PlacedPackage } from "../../graph/package-tree.ts";

/** SRI of a text, standing for a tarball. */
export function sriOf(text: string): Bytes {
  return asBytes(`sha512-${createHash("sha512").update(text).digest("base64")}`);
}

export interface TestPlace extends Partial<Omit<PlacedPackage, "dependencies" | "location" | "name">> {
  readonly dependencies?: readonly string[];
}

/** A package called after its place, from a tarball called after both. */
export function placed(location: string, more: TestPlace = {}): PlacedPackage {
  const name = asBytes(location.replace(/^.*node_modules\//, ""));
  const version = asBytes("1.0.0");
  const source: PackageSource = {
    kind: "tarball",
    url: asBytes(`https://registry.test/${name}/-/${name}-1.0.0.tgz`),
    integrity: { algorithm: "sha512", sri: sriOf(`${name}@1.0.0`) },
  };
  return {
    location: asBytes(location),
    name,
    version,
    source,
    bins: [],
    scripts: "none",
    isDev: false,
    isOptional: false,
    isDevOptional: false,
    isPeer: false,
    patches: [],
    ...more,
    dependencies: (more.dependencies ?? []).map(asBytes),
  };
}

export function treeOfPackages(
  packages: readonly PlacedPackage[],
  more: Partial<PackageTree> = {},
): PackageTree {
  return {
    layout: "hoisted",
    name: asBytes("project"),
    isComplete: true,
    packages,
    links: [],
    members: [],
    files: [],
    omitted: [],
    top: [],
    ...more,
  };
}
