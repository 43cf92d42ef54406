// Arborist, with an answer at once to a question that it asks of every package.

import type Arborist from "@npmcli/arborist";
import type { Node } from "@npmcli/arborist";

let isSpared = false;

/**
 * In whose tarball a package comes, arborist finds by asking all that depend on it, and those that depend on these: a
 * chain of 4,000 packages took 50 s of CPU, of which 45 s were this. The answer is always a package that lies above and
 * bundles something; where there is none, it is known.
 */
export async function loadArborist(): Promise<typeof Arborist> {
  const [{ default: Loaded }, { default: ArboristNode }] = await Promise.all([
    import("@npmcli/arborist"),
    import("@npmcli/arborist/lib/node.js"),
  ]);
  if (!isSpared) {
    isSpared = true;
    const { prototype } = ArboristNode;
    const ask = prototype.getBundler;
    prototype.getBundler = function (this: Node, path: Node[] = []): Node | null {
      return isBelowBundler(this) ? ask.call(this, path) : null;
    };
  }
  return Loaded;
}

function isBelowBundler(node: Node): boolean {
  for (let at = node.parent; at !== null && at !== undefined; at = at.parent) {
    const bundled = at.package["bundleDependencies"];
    if (Array.isArray(bundled) && bundled.length > 0) return true;
  }
  return false;
}
