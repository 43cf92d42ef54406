// What the protocol client sends, and what it refuses to send.

import { describe, expect, it } from "vitest";
import { textObject } from "../../../emit/object.ts";
import { memorySink } from "../../../emit/sink/memory.ts";
import { setOptions } from "../../../emit/sink/worker/builds.ts";
import { type ConnectionOptions, openConnection } from "../../../emit/sink/worker/connection.ts";
import { addToStore, isValidPath, queryValidPaths } from "../../../emit/sink/worker/operations.ts";
import { operations } from "../../../emit/sink/worker/protocol.ts";
import { printDerivedPath } from "../../../emit/sink/worker/request.ts";
import { daemonAddress } from "../../../emit/sink/worker/transport.ts";
import { nixStoreDir } from "../../../emit/store-path.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { connected, fakeDaemon, last, path, wire } from "./fake-daemon.ts";

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
  const object = textObject(asBytes("n"), asBytes("x"), [path]);
  await expect(memorySink(new Set()).deliver([object])).rejects.toThrow("which is not in the store");
  expect(await memorySink().deliver([object])).toMatchObject({ added: 1, outside: [path] });
});
