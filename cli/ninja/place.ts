// Where the tree lies in the sandbox: at a path as long as its path on this machine. What a command writes of its
// place (rpaths, debug information, __FILE__) can then be replaced byte for byte in what is copied back, and programs
// find their libraries, debuggers their sources, `cmake --install` the rpath that it changes.

import { bytesOfContents, type NarNode } from "../../emit/nar.ts";
import { asBytes, type Bytes, toBuffer } from "../../graph/bytes.ts";
import { sandboxRoot } from "../host/host-plan.ts";

/** A sandbox lets a command write below these. */
const writable = ["/build/source", "/tmp/source"];

/** As long as `root`; `sandboxRoot` when there is no place so short. */
export function placeInSandbox(root: Bytes): Bytes {
  for (const place of writable) {
    const shortest = place.lastIndexOf("/") + 2;
    if (root.length >= shortest) return asBytes(place.slice(0, root.length).padEnd(root.length, "_"));
  }
  return sandboxRoot;
}

/** What was made at `place` as if it had been made at `root`. */
export function settledIn(place: Bytes, root: Bytes): (node: NarNode) => NarNode {
  if (place.length !== root.length) return (node) => node;
  const [from, to] = [toBuffer(place), toBuffer(root)];
  const settle = (node: NarNode): NarNode => {
    switch (node.kind) {
      case "directory":
        return { ...node, entries: new Map([...node.entries].map(([name, entry]) => [name, settle(entry)])) };
      case "symlink":
        return { ...node, target: asBytes(node.target.replaceAll(place, root)) };
      default:
        return { ...node, contents: replaced(Buffer.from(bytesOfContents(node.contents)), from, to) };
    }
  };
  return settle;
}

function replaced(contents: Buffer, from: Buffer, to: Buffer): Buffer {
  for (let at = contents.indexOf(from); at >= 0; at = contents.indexOf(from, at + from.length)) {
    // The name may go on: then it is another place.
    if (!/[\w.-]/.test(String.fromCharCode(contents[at + from.length] ?? 0))) to.copy(contents, at);
  }
  return contents;
}
