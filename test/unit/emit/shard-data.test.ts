// Objects in one file, and the rewriting of hash parts in them.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfContents, type NarNode, narOf } from "../../../emit/nar.ts";
import { narObject, type StoreObject, textObject } from "../../../emit/object.ts";
import { rewriteContents, rewriteNode, rewriteText } from "../../../emit/outputs/rewrite.ts";
import { type EmittedObject, parseShardData, printShardData } from "../../../emit/outputs/shard-data.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { sampleTree } from "../../e2e/sample-objects.ts";
import { anyBytes, anyName, anyNode, anyStorePath } from "../../property/arbitrary.ts";

const anyObject: fc.Arbitrary<StoreObject> = fc.oneof(
  fc
    .tuple(anyName, anyBytes, fc.array(anyStorePath, { maxLength: 3 }))
    .map(([name, contents, references]) => textObject(name, contents, references)),
  fc
    .tuple(anyName, anyNode, fc.array(anyStorePath, { maxLength: 3 }))
    .map(([name, node, references]) => narObject(name, node, references)),
);

/** An object with its contents as bytes: what can be compared. */
function plain({ output, object }: EmittedObject): unknown {
  const { method, name, path, references } = object;
  const body = object.method === "nar" ? narOf(object.node) : Buffer.from(bytesOfContents(object.contents));
  return { output, method, name, path, references, body: body.toString("latin1") };
}

describe("a shard's data", () => {
  it("give back the objects that were printed", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyName, anyObject), { maxLength: 5 }), (rows) => {
        const objects = rows.map(([output, object]): EmittedObject => ({ output, object }));
        expect(parseShardData(printShardData(objects)).map(plain)).toEqual(objects.map(plain));
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("keep names that are not UTF-8, links, modes, large files and files read late", () => {
    const object = narObject(asBytes("tree"), sampleTree());
    const data = printShardData([{ output: asBytes("tree"), object }]);
    expect(parseShardData(data).map(plain)).toEqual([plain({ output: asBytes("tree"), object })]);
  });

  it("are not changed by being read", () => {
    const data = printShardData([{ output: asBytes("n"), object: textObject(asBytes("n"), asBytes("x")) }]);
    const before = Buffer.from(data);
    parseShardData(data);
    expect(data.equals(before)).toBe(true);
  });

  it("name no store path that Nix could see", () => {
    const [note, other] = [textObject(asBytes("note"), asBytes("x")), textObject(asBytes("o"), asBytes("y"))];
    const object = textObject(asBytes("user"), asBytes(`${note.path} ${other.path}`), [
      note.path,
      other.path,
    ]);
    const data = fromBuffer(printShardData([{ output: asBytes("user"), object }]));
    expect(/[0-9a-z]{32}/.test(data)).toBe(false);
  });
});

describe("rewriting", () => {
  const from = asBytes("0".repeat(32));
  const to = asBytes("1".repeat(32));
  const parts = new Map([[from, to]]);

  it("puts other hash parts in the place of every one, whatever is around", () => {
    expect(rewriteText(asBytes(`a/${from}-x${from}\xff\0`), parts)).toBe(`a/${to}-x${to}\xff\0`);
    expect(rewriteText(asBytes("nothing"), parts)).toBe("nothing");
  });

  it("changes contents and targets of links, at any depth, and nothing else", () => {
    const file = (contents: Bytes): NarNode => ({ kind: "file", executable: true, contents });
    const link = (target: Bytes): NarNode => ({ kind: "symlink", target });
    const tree = (text: Bytes): NarNode => ({
      kind: "directory",
      entries: new Map<Bytes, NarNode>([
        [asBytes(`${from}-name`), file(text)],
        [asBytes("d"), { kind: "directory", entries: new Map([[asBytes("l"), link(text)]]) }],
      ]),
    });
    expect(rewriteNode(tree(from), parts)).toEqual(tree(to));
  });

  it("reads contents that are bytes or come late", () => {
    expect(rewriteContents(Buffer.from(`${from}\xff`, "latin1"), parts)).toBe(`${to}\xff`);
    expect(rewriteContents(() => Buffer.from(from), parts)).toBe(to);
  });

  it("is undone by rewriting back", () => {
    fc.assert(
      fc.property(anyNode, anyStorePath, (node, path) => {
        const hash = asBytes(path.slice(11, 43));
        fc.pre(hash !== to && !narOf(node).toString("latin1").includes(to));
        const there = rewriteNode(node, new Map([[hash, to]]));
        expect(narOf(rewriteNode(there, new Map([[to, hash]]))).equals(narOf(node))).toBe(true);
      }),
      { numRuns: 50, seed: 4 },
    );
  });
});
