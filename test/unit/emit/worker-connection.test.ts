// The protocol client against daemons that hang, end or talk nonsense: each is an InputError that says so.

import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { narOfFile } from "../../../emit/nar.ts";
import { memorySink } from "../../../emit/sink/memory.ts";
import { buildPathsWithResults, setOptions } from "../../../emit/sink/worker/builds.ts";
import {
  type ConnectionOptions,
  openConnection,
  type WorkerConnection,
} from "../../../emit/sink/worker/connection.ts";
import type { WorkerEvent } from "../../../emit/sink/worker/events.ts";
import {
  addToStore,
  isValidPath,
  narFromPath,
  queryMissing,
  queryPathInfo,
  queryValidPaths,
} from "../../../emit/sink/worker/operations.ts";
import { operations } from "../../../emit/sink/worker/protocol.ts";
import { printDerivedPath } from "../../../emit/sink/worker/request.ts";
import { daemonAddress, type Transport } from "../../../emit/sink/worker/transport.ts";
import { nixStoreDir, textPath } from "../../../emit/store-path.ts";
import { WireBuffer } from "../../../emit/wire-buffer.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";

const path = textPath(asBytes("some"), asBytes("contents"));
const last = 0x616c7473;

interface FakeDaemon {
  readonly transport: Transport;
  readonly fromDaemon: PassThrough;
  readonly toDaemon: PassThrough;
  readonly isClosed: () => boolean;
}

function fakeDaemon(complaints = ""): FakeDaemon {
  const fromDaemon = new PassThrough();
  const toDaemon = new PassThrough();
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    fromDaemon.destroy();
    toDaemon.destroy();
  };
  const transport = {
    fromDaemon,
    toDaemon,
    name: "a fake daemon",
    complaints: async () => complaints,
    close,
  };
  toDaemon.resume();
  return { transport, fromDaemon, toDaemon, isClosed: () => closed };
}

function wire(...parts: readonly (number | string)[]): Buffer {
  const out = new WireBuffer(64);
  for (const part of parts) {
    if (typeof part === "number") out.number(part);
    else out.string(part);
  }
  return out.take();
}

/** What a daemon of 2.34 says first: magic, version, no features, its version, trusted, LAST. */
const greeting = wire(0x6478696f, 0x126, 0, "2.34.8", 1, last);

async function connected(
  daemon: FakeDaemon,
  options: ConnectionOptions = {},
): Promise<{ readonly connection: WorkerConnection; readonly storeDir: Bytes }> {
  daemon.fromDaemon.write(greeting);
  return { connection: await openConnection(daemon.transport, options), storeDir: nixStoreDir };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics.map(({ code }) => code).join();
    throw error;
  }
  return "no error";
}

describe("a connection to a daemon", () => {
  it("knows version, trust and features after the greeting", async () => {
    const { connection } = await connected(fakeDaemon());
    expect(connection).toMatchObject({
      version: 0x126,
      nixVersion: "2.34.8",
      trust: "yes",
      features: new Set(),
    });
  });

  it("gives replies to requests that were sent ahead, in order", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon);
    const replies = [isValidPath(context, path), isValidPath(context, path), isValidPath(context, path)];
    daemon.fromDaemon.write(wire(last, 1, last, 0, last, 1));
    expect(await Promise.all(replies)).toEqual([true, false, true]);
  });

  it("reads replies that arrive byte by byte", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon);
    const reply = queryPathInfo(context, path);
    const info = wire(last, 1, "", "ab".repeat(32), 1, path, 7, 120, 1, 0, "text:sha256:x");
    for (const byte of info) {
      daemon.fromDaemon.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await reply).toEqual({
      deriver: "",
      narHex: "ab".repeat(32),
      references: [path],
      narSize: 120,
      signatures: [],
      contentAddress: "text:sha256:x",
    });
  });

  it("tells what happens as typed events", async () => {
    const daemon = fakeDaemon();
    const events: WorkerEvent[] = [];
    const context = await connected(daemon, { onEvent: (event) => events.push(event) });
    const reply = isValidPath(context, path);
    const [start, stop, result, next] = [0x53545254, 0x53544f50, 0x52534c54, 0x6f6c6d67];
    daemon.fromDaemon.write(
      wire(start, 9, 3, 105, "building", 2, 1, path, 0, 1, 4, result, 9, 101, 1, 1, "a line"),
    );
    daemon.fromDaemon.write(
      wire(result, 9, 104, 1, 1, "buildPhase", result, 9, 105, 4, 0, 1, 0, 2, 0, 3, 0, 4),
    );
    daemon.fromDaemon.write(wire(result, 9, 999, 0, stop, 9, next, "warning: x\n", last, 1));
    expect(await reply).toBe(true);
    expect(events).toEqual([
      { kind: "start", id: 9n, level: 3, activity: "build", text: "building", fields: [path, 1], parent: 4n },
      { kind: "log-line", id: 9n, line: "a line" },
      { kind: "phase", id: 9n, phase: "buildPhase" },
      { kind: "progress", id: 9n, done: 1, expected: 2, running: 3, failed: 4 },
      { kind: "result", id: 9n, type: 999, fields: [] },
      { kind: "stop", id: 9n },
      { kind: "message", text: "warning: x\n" },
    ]);
  });

  it("stays usable after the daemon refuses something", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon);
    const refused = isValidPath(context, path);
    const good = isValidPath(context, path);
    daemon.fromDaemon.write(
      wire(
        0x63787470,
        "Error",
        0,
        "Error",
        "\x1b[31;1merror:\x1b[0m no \x1b[35m'x'\x1b[0m",
        0,
        1,
        0,
        "while y",
      ),
    );
    daemon.fromDaemon.write(wire(last, 1));
    await expect(refused).rejects.toThrow("Nix says: no 'x' (while y) [nix/refused]");
    expect(await good).toBe(true);
  });

  it("takes one archive from the stream and leaves what follows", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon);
    const archive = narOfFile(asBytes("))) ((( entry node"), true);
    const replies = [narFromPath(context, path), isValidPath(context, path)] as const;
    daemon.fromDaemon.write(Buffer.concat([wire(last), archive, wire(last, 1)]));
    expect(await replies[0]).toEqual(archive);
    expect(await replies[1]).toBe(true);
  });

  it("gives build results by position, with full output paths", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon);
    const drv = textPath(asBytes("x.drv"), asBytes(""));
    const out = asBytes("out");
    const wanted = [
      { path: drv, outputs: [out] },
      { path: drv, chain: [out], outputs: [out] },
    ];
    const reply = buildPathsWithResults(context, wanted);
    const times = [1, 0, 0, 0, 0, 1, 55];
    daemon.fromDaemon.write(
      wire(last, 2, "any text", 0, "", ...times, 1, "sha256:00!out", '{"outPath":"abc-x"}'),
    );
    daemon.fromDaemon.write(wire("other", 10, "it failed", ...times, 0));
    expect(await reply).toEqual([
      {
        wanted: wanted[0],
        status: "built",
        isSuccess: true,
        message: "",
        outputs: new Map([[out, "/nix/store/abc-x"]]),
      },
      {
        wanted: wanted[1],
        status: "dependency-failed",
        isSuccess: false,
        message: "it failed",
        outputs: new Map(),
      },
    ]);
  });
});

describe("a daemon that reads slowly", () => {
  const large = {
    name: asBytes("n"),
    method: "fixed:sha256",
    references: [],
    contents: [Buffer.alloc(1 << 20)],
  } as const;

  it("is not sent more than it takes", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon);
    daemon.toDaemon.pause();
    const requests = Array.from({ length: 8 }, () => addToStore(context, large));
    let isSent = false;
    const sent = Promise.all(requests.map((request) => request.sent)).then(() => {
      isSent = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isSent).toBe(false);
    // One request in each half of the fake's own buffer, and no more.
    expect(daemon.toDaemon.writableLength + daemon.toDaemon.readableLength).toBeLessThan(3 << 20);
    daemon.toDaemon.resume();
    await sent;
  });

  it("is not given up while it takes something, and is when it does not", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon, { patience: 60 });
    daemon.toDaemon.pause();
    const { reply } = addToStore(context, { ...large, contents: Array(8).fill(Buffer.alloc(1 << 20)) });
    for (let taken = 0; taken < 6; taken++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      daemon.toDaemon.read();
    }
    expect(daemon.isClosed()).toBe(false);
    expect(await codeOf(reply)).toBe("nix/no-answer");
  });
});

describe("a daemon that misbehaves", () => {
  it("is given up when it says nothing", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon, { patience: 20 });
    expect(await codeOf(isValidPath(context, path))).toBe("nix/no-answer");
    expect(daemon.isClosed()).toBe(true);
    expect(await codeOf(openConnection(fakeDaemon().transport, { patience: 20 }))).toBe("nix/no-answer");
  });

  it("is waited for while it builds", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon, { patience: 20 });
    const reply = queryMissing(context, [{ path }]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    daemon.fromDaemon.write(wire(last, 0, 0, 0, 7, 8));
    expect(await reply).toMatchObject({ downloadSize: 7, narSize: 8 });
  });

  it("is named when it ends, with what it said, and every waiting request fails", async () => {
    const daemon = fakeDaemon("error: out of memory");
    const context = await connected(daemon);
    const replies = [isValidPath(context, path), isValidPath(context, path)];
    daemon.fromDaemon.end(wire(last, 1).subarray(0, 12));
    const message = "the connection to a fake daemon ended before its answer; it said: error: out of memory";
    for (const reply of replies) await expect(reply).rejects.toThrow(message);
    expect(await codeOf(isValidPath(context, path))).toBe("nix/connection-lost");
  });

  it.each([
    ["another greeting", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["an unknown tag", Buffer.concat([greeting.subarray(0, -8), wire(1234)])],
    ["an endless string", Buffer.concat([wire(0x6478696f, 0x126, 0), wire(2 ** 40)])],
    ["an endless list", Buffer.concat([wire(0x6478696f, 0x126), wire(2 ** 40)])],
  ])("is refused for %s", async (_, bytes) => {
    const daemon = fakeDaemon();
    daemon.fromDaemon.write(bytes);
    expect(await codeOf(openConnection(daemon.transport))).toBe("nix/protocol");
    expect(daemon.isClosed()).toBe(true);
  });

  it("is refused when it is too old", async () => {
    const daemon = fakeDaemon();
    daemon.fromDaemon.write(wire(0x6478696f, 0x10f, last));
    expect(await codeOf(openConnection(daemon.transport))).toBe("nix/too-old");
  });

  it("never makes us throw anything but an InputError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, greets) => {
        const daemon = fakeDaemon();
        if (greets) daemon.fromDaemon.write(greeting);
        daemon.fromDaemon.end(Buffer.concat([greets ? wire(last) : wire(0x6478696f), bytes]));
        try {
          const context = { connection: await openConnection(daemon.transport), storeDir: nixStoreDir };
          await queryPathInfo(context, path);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});

describe("what is sent", () => {
  async function sentBytes(
    act: (context: Awaited<ReturnType<typeof connected>>) => void,
    options: ConnectionOptions = {},
  ) {
    const daemon = fakeDaemon();
    const context = await connected(daemon, options);
    // The rest of our own greeting is still on its way.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const chunks: Buffer[] = [];
    daemon.toDaemon.on("data", (chunk: Buffer) => chunks.push(chunk));
    act(context);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return Buffer.concat(chunks);
  }

  it("holds no operation and no method that ends a Nix daemon", async () => {
    expect(Object.values(operations)).not.toContain(43);
    const method = "text:sha256";
    const sent = await sentBytes((context) => {
      addToStore(context, { name: asBytes("n"), method, references: [path], contents: [Buffer.from("abc")] });
    });
    expect(sent).toEqual(Buffer.concat([wire(7, "n", method, 1, path, 0, 3), Buffer.from("abc"), wire(0)]));
  });

  it("never names a path outside the store: a daemon closes the connection on one", async () => {
    const context = await connected(fakeDaemon());
    const wrong = asBytes("/tmp/x");
    expect(() => isValidPath(context, wrong)).toThrow("is not a store path");
    expect(() => queryValidPaths(context, [path, wrong])).toThrow("is not a store path");
    expect(() =>
      addToStore(context, { name: asBytes("a b"), method: "text:sha256", references: [], contents: [] }),
    ).toThrow("cannot be the name of a store path");
  });

  it("frames contents without empty frames, which would end them", async () => {
    const contents = [Buffer.alloc(0), Buffer.alloc(70_000, 1), Buffer.alloc(0), Buffer.from("tail")];
    const sent = await sentBytes((context) => {
      addToStore(context, { name: asBytes("n"), method: "fixed:sha256", references: [], contents });
    });
    const head = wire(7, "n", "fixed:sha256", 0, 0);
    const frames = Buffer.concat([
      wire(70_000),
      Buffer.alloc(70_000, 1),
      wire(4),
      Buffer.from("tail"),
      wire(0),
    ]);
    expect(sent).toEqual(Buffer.concat([head, frames]));
  });

  it("leaves settings alone where the daemon has them disabled", async () => {
    const daemon = fakeDaemon();
    daemon.fromDaemon.write(wire(0x6478696f, 0x126, 1, "disable-set-options", "2.36", 2, last));
    const connection = await openConnection(daemon.transport, { features: ["disable-set-options"] });
    expect(connection.features).toEqual(new Set(["disable-set-options"]));
    await setOptions({ connection, storeDir: nixStoreDir }, {});
  });

  it("writes derived paths as the protocol wants them", () => {
    const outputs = [asBytes("a"), asBytes("b")];
    expect(printDerivedPath({ path })).toBe(path);
    expect(printDerivedPath({ path, outputs: "*" })).toBe(`${path}!*`);
    expect(printDerivedPath({ path, chain: [asBytes("out")], outputs })).toBe(`${path}!out!a,b`);
  });
});

it.each([
  [{}, { kind: "child", command: ["nix-daemon", "--stdio"] }],
  [{ NIX_REMOTE: "daemon" }, { kind: "socket", path: "/nix/var/nix/daemon-socket/socket" }],
  [{ NIX_REMOTE: "unix:///build/.nix-socket" }, { kind: "socket", path: "/build/.nix-socket" }],
  [{ NIX_REMOTE: "unix:///s?root=/r" }, { kind: "socket", path: "/s" }],
  [{ NIX_DAEMON_SOCKET_PATH: "/s" }, { kind: "socket", path: "/s" }],
  [{ NIX_REMOTE: "local?root=/r" }, { kind: "child", command: ["nix-daemon", "--stdio"] }],
])("finds the daemon that %j means", (environment, address) => {
  expect(daemonAddress(environment)).toEqual(address);
});

it("refuses in memory what a store would refuse: a reference that is nowhere", async () => {
  const { textObject } = await import("../../../emit/object.ts");
  const object = textObject(asBytes("n"), asBytes("x"), [path]);
  await expect(memorySink(new Set()).deliver([object])).rejects.toThrow("which is not in the store");
  expect(await memorySink().deliver([object])).toMatchObject({ added: 1, outside: [path] });
});
