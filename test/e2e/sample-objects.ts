// A small set of store objects of every kind, bottom-up: what each sink is given.

import { type Derivation, derivationReferences, inputOutputs } from "../../emit/derivation.ts";
import type { NarNode } from "../../emit/nar.ts";
import { derivationObject, flatObject, narObject, type StoreObject, textObject } from "../../emit/object.ts";
import { inputPlaceholder, outputPlaceholder } from "../../emit/placeholder.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";

const out: Bytes = asBytes("out");

/** A floating derivation that runs a shell command; `env` is added to what it needs anyway. */
export function shellDerivation(
  name: string,
  command: string,
  extra: Partial<Pick<Derivation, "inputDrvs" | "inputSrcs">> & { readonly method?: "nar" | "text" } = {},
): Derivation {
  return {
    name: asBytes(name),
    outputs: new Map([[out, { kind: "floating", method: extra.method ?? "nar", algo: "sha256" }]]),
    inputDrvs: extra.inputDrvs ?? new Map(),
    inputSrcs: extra.inputSrcs ?? [],
    system: asBytes("x86_64-linux"),
    builder: asBytes("/bin/sh"),
    args: [asBytes("-c"), asBytes(command)],
    env: new Map([
      [asBytes("name"), asBytes(name)],
      [out, outputPlaceholder(out)],
    ]),
  };
}

export function sampleTree(): NarNode {
  const file = (contents: string, executable = false): NarNode => ({
    kind: "file",
    executable,
    contents: asBytes(contents),
  });
  return {
    kind: "directory",
    entries: new Map<Bytes, NarNode>([
      [asBytes("run"), file("#!/bin/sh\n", true)],
      [asBytes("empty"), file("")],
      [
        asBytes("lazy"),
        { kind: "file", executable: false, contents: () => Buffer.from("read when asked for") },
      ],
      // A name that is not UTF-8: gcc and Nix take it, so it must survive.
      [asBytes("caf\xe9"), file("latin1")],
      [asBytes("link"), { kind: "symlink", target: asBytes("../nowhere") }],
      [asBytes("no entries"), { kind: "directory", entries: new Map() }],
      [asBytes("large"), file("x".repeat(3_000_000))],
    ]),
  };
}

export interface Sample {
  readonly objects: readonly StoreObject[];
  /** A derivation that can be built, and what is in its output. */
  readonly root: StoreObject;
  readonly built: string;
}

export function sampleObjects(): Sample {
  const note = textObject(asBytes("note"), asBytes("a note\n"));
  const second = textObject(asBytes("second"), asBytes(`see ${note.path}\n`), [note.path]);
  const flat = flatObject(asBytes("flat"), asBytes("hashed as it is \xff\x00"));
  const tree = narObject(asBytes("tree"), sampleTree());
  const link = narObject(asBytes("link"), { kind: "symlink", target: tree.path }, [tree.path, second.path]);
  const leaf = shellDerivation("leaf", `read -r line < ${second.path}; echo "leaf $line" > $out`, {
    inputSrcs: [second.path, flat.path, tree.path, link.path],
  });
  const leafObject = derivationObject(leaf);
  const leafOutput = inputPlaceholder(leafObject.path, [out]);
  const root = shellDerivation("root", `read -r line < ${leafOutput}; echo "root of $line" > $out`, {
    inputDrvs: new Map([[leafObject.path, inputOutputs(out)]]),
  });
  const rootObject = derivationObject(root);
  if (derivationReferences(root).length !== 1) throw new Error("the root refers to the leaf");
  const objects = [note, second, flat, tree, link, leafObject, rootObject];
  return { objects, root: rootObject, built: `root of leaf see ${note.path}\n` };
}
