// The protocol client against daemons that hang, end or talk nonsense: each is an InputError that says so.

import { once } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { narOfFile } from "../../../emit/nar.ts";
import { buildPathsWithResults } from "../../../emit/sink/worker/builds.ts";
import { openConnection } from "../../../emit/sink/worker/connection.ts";
import type { WorkerEvent } from "../../../emit/sink/worker/events.ts";
import {
  addToStore,
  isValidPath,
  narFromPath,
  queryMissing,
  queryPathInfo,
} from "../../../emit/sink/worker/operations.ts";
import { nixStoreDir, textPath } from "../../../emit/store-path.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";
import { codeOf, connected, fakeDaemon, greeting, last, path, wire } from "./fake-daemon.ts";

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

  it("takes a file that is larger than what it lets wait", async () => {
    const daemon = fakeDaemon();
    const context = await connected(daemon, { patience: 20_000 });
    const archive = narOfFile(asBytes("x".repeat(40 << 20)), true);
    const reply = narFromPath(context, path);
    daemon.fromDaemon.write(wire(last));
    // As a socket does it: no more than the reader takes.
    for (let at = 0; at < archive.length; at += 1 << 16) {
      if (!daemon.fromDaemon.write(archive.subarray(at, at + (1 << 16))))
        await Promise.race([once(daemon.fromDaemon, "drain"), reply]);
    }
    expect(archive.equals(await reply)).toBe(true);
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
        realisations: new Map([["sha256:00!out", '{"outPath":"abc-x"}']]),
      },
      {
        wanted: wanted[1],
        status: "dependency-failed",
        isSuccess: false,
        message: "it failed",
        outputs: new Map(),
        realisations: new Map(),
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
