// Delivery from inside a builder: over builder-rpc-v0, played by a server that holds to the protocol as Nix's sources
// have it (no released Nix speaks it), and over recursive-nix.

import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { nix32 } from "../../../emit/base32.ts";
import { parseHex, sha256 } from "../../../emit/hash.ts";
import { type TextObject, textObject } from "../../../emit/object.ts";
import { builderFeatures, deliverFromBuilder } from "../../../emit/sink/builder.ts";
import { ByteSource } from "../../../emit/sink/worker/byte-source.ts";
import { contentAddressedPath } from "../../../emit/store-path.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";
import { sampleObjects } from "../../e2e/sample-objects.ts";
import { wire } from "./fake-daemon.ts";

const methods: ReadonlyMap<string, "flat" | "nar" | "text"> = new Map([
  ["text:sha256", "text"],
  ["fixed:sha256", "flat"],
  ["fixed:r:sha256", "nar"],
]);

const last = 0x616c7473;
const error = 0x63787470;

interface Submitted {
  readonly path: Bytes;
  readonly output: Bytes;
}

interface Server {
  readonly transport: NonNullable<Parameters<typeof deliverFromBuilder>[0]["transport"]>;
  /** Path -> contents of everything that was added, in order. */
  readonly added: Map<string, string>;
  readonly submitted: Submitted[];
  readonly operations: Set<number>;
  readonly isClosed: () => boolean;
}

/**
 * A daemon of a builder with builder-rpc-v0: protocol 1.38, its four features, operations 1, 7, 11, 39, 44, 1000 and
 * 1001 and no other; one output each once, and only of a path that was added.
 */
function rpcServer(features: readonly string[] = builderFeatures): Server {
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const source = new ByteSource(toServer, async () => new InputError([]));
  const added = new Map<string, string>();
  const submitted: Submitted[] = [];
  const operations = new Set<number>();
  let closed = false;
  const say = (...parts: readonly (number | string)[]): void => void fromServer.write(wire(...parts));
  const refuse = (message: string): void => say(error, "Error", 0, "Error", message, 0, 0);

  const frames = async (): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let size = await source.number(); size > 0; size = await source.number())
      pieces.push(await source.take(size));
    return Buffer.concat(pieces);
  };
  const handle = async (operation: number): Promise<void> => {
    operations.add(operation);
    if (operation === 7) {
      const name = await source.string();
      const method = await source.string();
      const references = await source.strings();
      expect(await source.boolean()).toBe(false);
      const contents = await frames();
      const missing = references.find((reference) => !added.has(reference));
      if (missing !== undefined) return refuse(`path '${missing}' is not valid`);
      const hex = sha256(contents);
      const kind = methods.get(method) ?? "text";
      const path = contentAddressedPath(name, { method: kind, algo: "sha256", hex }, references, false);
      added.set(path, fromBuffer(contents));
      say(last, path, "", hex, references.length, ...references, 0, contents.length, 0, 0);
      return say(`${method}:${nix32(parseHex(hex) ?? asBytes(""))}`);
    }
    if (operation === 1000) {
      expect(await source.number()).toBe(0);
      const path = await source.string();
      const output = await source.string();
      if (!added.has(path) || submitted.some((one) => one.output === output))
        return refuse("output is not to be submitted");
      submitted.push({ path, output });
      return say(last, 1);
    }
    // What any other operation has as arguments is not read: Nix closes the connection.
    refuse(`operation ${operation} is not allowed in a builder`);
    fromServer.end();
    closed = true;
  };
  void (async () => {
    await source.number();
    await source.number();
    say(0x6478696f, 0x126);
    const offered = new Set<string>(await source.strings());
    const common = features.filter((feature) => offered.has(feature));
    say(features.length, ...features);
    expect(common).toEqual(features);
    await source.number();
    await source.number();
    say("2.36.0", 2, last);
    while (!closed) await handle(await source.number());
  })().catch(() => undefined);
  const transport = {
    fromDaemon: fromServer,
    toDaemon: toServer,
    name: "a builder's daemon",
    complaints: async () => "",
    close: async () => {
      closed = true;
    },
  };
  return { transport, added, submitted, operations, isClosed: () => closed };
}

const { objects, root } = sampleObjects();
const text = root as TextObject;

describe("builder-rpc-v0", () => {
  it("gets every object with its references, then the root as the output, and nothing that it refuses", async () => {
    const server = rpcServer();
    let written = 0;
    const way = await deliverFromBuilder({
      environment: {},
      objects,
      root: text,
      write: () => written++,
      transport: server.transport,
    });
    expect(way).toBe("rpc");
    expect([...server.added.keys()]).toEqual(objects.map(({ path }) => path));
    expect(server.added.get(root.path)).toBe(text.contents);
    expect(server.submitted).toEqual([{ path: root.path, output: "out" }]);
    expect([...server.operations].toSorted((a, b) => a - b)).toEqual([7, 1000]);
    // Outputs are the daemon's: there is no $out to write to.
    expect(written).toBe(0);
    expect(server.isClosed()).toBe(true);
  });

  it("adds the root when it is not in the list: what stands for a build that is planned later", async () => {
    const lonely = textObject(asBytes("lonely.drv"), asBytes("Derive()"));
    const server = rpcServer();
    await deliverFromBuilder({
      environment: {},
      objects: [],
      root: lonely,
      write: () => undefined,
      transport: server.transport,
    });
    expect(server.submitted).toEqual([{ path: lonely.path, output: "out" }]);
  });

  it("tells a refusal with the object's path before Nix's words", async () => {
    const elsewhere = textObject(asBytes("elsewhere"), asBytes("x")).path;
    const stranger = textObject(asBytes("stranger"), asBytes("x"), [elsewhere]);
    const server = rpcServer();
    const delivery = deliverFromBuilder({
      environment: {},
      objects: [stranger],
      root: stranger,
      write: () => undefined,
      transport: server.transport,
    });
    await expect(delivery).rejects.toThrow(
      `"${stranger.path}" is not taken: Nix says: path '${elsewhere}' is not valid`,
    );
    expect(server.submitted).toEqual([]);
  });

  it("sends nothing when contents do not give the path that was planned", async () => {
    const changed = { ...textObject(asBytes("changed"), asBytes("x")), contents: asBytes("y") };
    const server = rpcServer();
    const delivery = deliverFromBuilder({
      environment: {},
      objects: [changed],
      root: changed,
      write: () => undefined,
      transport: server.transport,
    });
    await expect(delivery).rejects.toThrow("do not give its path");
    expect(server.operations.size).toBe(0);
  });
});

describe("a builder's daemon without builder-rpc-v0", () => {
  it("is asked what it has, as recursive-nix allows, and the output is written", async () => {
    const server = rpcServer([]);
    const delivery = deliverFromBuilder({
      environment: {},
      objects,
      root: text,
      write: () => undefined,
      transport: server.transport,
    });
    // This server refuses the question, which is 31: what counts is that it is asked.
    await expect(delivery).rejects.toThrow("operation 31 is not allowed");
    expect([...server.operations]).toEqual([31]);
  });
});
