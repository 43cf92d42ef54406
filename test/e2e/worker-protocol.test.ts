// The protocol client against a real daemon: every version it may agree on, events, refusals, builds.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { derivationObject, textObject } from "../../emit/object.ts";
import { daemonSink, openDaemonSink } from "../../emit/sink/daemon.ts";
import { findNix } from "../../emit/sink/nix-version.ts";
import { buildPaths, buildPathsWithResults, setOptions } from "../../emit/sink/worker/builds.ts";
import { type ConnectionOptions, openConnection } from "../../emit/sink/worker/connection.ts";
import { plainText, type WorkerEvent } from "../../emit/sink/worker/events.ts";
import * as operations from "../../emit/sink/worker/operations.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import { openTransport } from "../../emit/sink/worker/transport.ts";
import { nixStoreDir } from "../../emit/store-path.ts";
import { asBytes } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { makeRealNix, type RealDaemon, type RealNix, startDaemon } from "./real-nix.ts";
import { sampleObjects, shellDerivation } from "./sample-objects.ts";

const out = asBytes("out");
const nowhere = asBytes("/nix/store/00000000000000000000000000000000-nowhere");

describe("a real daemon", () => {
  let nix: RealNix;
  let daemon: RealDaemon;

  beforeAll(async () => {
    nix = makeRealNix();
    daemon = await startDaemon(nix);
  });
  afterAll(() => {
    daemon.stop();
    nix.remove();
  });

  async function connect(options: ConnectionOptions = {}): Promise<OperationContext> {
    const transport = await openTransport({ kind: "socket", path: daemon.socket }, nix.environment);
    return {
      connection: await openConnection(transport, { patience: 20_000, ...options }),
      storeDir: nixStoreDir,
    };
  }

  const versions = Array.from({ length: 0x127 - 0x112 + 1 }, (_, i) => 0x112 + i);
  it.each(versions)("is understood when the client offers version %i", async (version) => {
    const context = await connect({ version });
    const { connection } = context;
    expect(connection.version).toBe(Math.min(version, 0x126));
    const object = textObject(asBytes(`v${version}`), asBytes("x"));
    if (connection.version >= 0x119) {
      expect((await operations.addToStore(context, addition(object.name)).reply).path).toBe(object.path);
      expect(await operations.queryPathInfo(context, object.path)).toMatchObject({ references: [] });
    } else {
      expect(() => operations.addToStore(context, addition(object.name))).toThrow("addToStore needs 1.25");
    }
    expect(await operations.queryValidPaths(context, [nowhere])).toEqual([]);
    const missing = await operations.queryMissing(context, [{ path: nowhere }]);
    expect(missing.unknown).toEqual([nowhere]);
    await expect(operations.ensurePath(context, nowhere)).rejects.toThrow("nix/refused");
    await setOptions(context, {
      verbosity: 3,
      settings: new Map([[asBytes("keep-going"), asBytes("true")]]),
    });
    expect(await operations.isValidPath(context, nowhere)).toBe(false);
    await connection.close();
  });

  function addition(name: typeof out) {
    return { name, method: "text:sha256", references: [], contents: [Buffer.from("x")] } as const;
  }

  it("stays usable after it refuses an object", async () => {
    const context = await connect();
    const name = asBytes("refused");
    const refers = {
      name,
      method: "text:sha256",
      references: [nowhere],
      contents: [Buffer.from("x")],
    } as const;
    await expect(operations.addToStore(context, refers).reply).rejects.toThrow(/nowhere' is not valid/);
    const broken = {
      name: asBytes("broken.drv"),
      method: "text:sha256",
      references: [],
      contents: [Buffer.from("Derive(")],
    };
    await expect(operations.addToStore(context, { ...broken, method: "text:sha256" }).reply).rejects.toThrow(
      "nix/refused",
    );
    const archive = {
      name,
      method: "fixed:r:sha256",
      references: [],
      contents: [Buffer.from("not a NAR")],
    } as const;
    await expect(operations.addToStore(context, archive).reply).rejects.toThrow("nix/refused");
    expect(await operations.isValidPath(context, nowhere)).toBe(false);
    await context.connection.close();
  });

  it("says which object it does not take, and keeps those before it", async () => {
    const good = textObject(asBytes("good"), asBytes("good"));
    const broken = textObject(asBytes("broken.drv"), asBytes("Derive("));
    for (const batch of [1, 100]) {
      const { connection } = await connect();
      const sink = daemonSink(connection, nixStoreDir, batch);
      const failure = await sink.deliver([good, broken]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(InputError);
      expect(String(failure)).toContain("nix/refused");
      if (batch === 1) expect(String(failure)).toContain(broken.path);
      expect(await operations.isValidPath(sink.context, good.path)).toBe(true);
      expect(await operations.isValidPath(sink.context, broken.path)).toBe(false);
      await sink.close();
    }
  });

  it("sends nothing when something that is referred to is not in the store", async () => {
    const { connection } = await connect();
    const sink = daemonSink(connection, nixStoreDir);
    const first = textObject(asBytes("first"), asBytes("never sent"));
    const second = textObject(asBytes("second"), asBytes("x"), [nowhere]);
    await expect(sink.deliver([first, second])).rejects.toThrow("store/missing-reference");
    expect(await operations.isValidPath(sink.context, first.path)).toBe(false);
    await sink.close();
  });

  it("keeps delivered objects from garbage collection while the sink is open", async () => {
    const { connection } = await connect();
    const sink = daemonSink(connection, nixStoreDir);
    const kept = textObject(asBytes("kept"), asBytes("kept"));
    const was = textObject(asBytes("was-there"), asBytes("was there"));
    await (await openedOnce()).deliver([was]);
    await sink.deliver([kept, was]);
    await nix.run("nix-store", "--gc");
    expect(await operations.queryValidPaths(sink.context, [kept.path, was.path])).toHaveLength(2);
    await sink.close();
    await expect
      .poll(() => nix.run("nix-store", "--gc", "--print-dead"), { timeout: 10_000 })
      .toContain(kept.path);
  });

  async function openedOnce() {
    const sink = await openDaemonSink({
      environment: nix.environment,
      address: { kind: "socket", path: daemon.socket },
    });
    return {
      deliver: async (list: Parameters<typeof sink.deliver>[0]) =>
        sink.deliver(list).finally(() => sink.close()),
    };
  }

  it("shows what builds print, and why one fails", async () => {
    const events: WorkerEvent[] = [];
    const { connection } = await connect({ onEvent: (event) => events.push(event) });
    const sink = daemonSink(connection, nixStoreDir);
    const good = derivationObject(shellDerivation("talks", "echo a line of talk; echo x > $out"));
    const bad = derivationObject(shellDerivation("fails", "echo it is broken; exit 7"));
    await sink.deliver([good, bad]);
    const wanted = [good, bad].map(({ path }) => ({ path, outputs: [out] }));
    await setOptions(sink.context, { keepGoing: true });
    const results = await buildPathsWithResults(sink.context, wanted);
    expect(results.map(({ status }) => status)).toEqual(["built", "permanent-failure"]);
    expect(plainText(results[1]?.message ?? out)).toContain("exit code 7");
    const started = events.flatMap((event) =>
      event.kind === "start" && event.activity === "build" ? event.fields[0] : [],
    );
    expect(started).toEqual(expect.arrayContaining([good.path, bad.path]));
    const lines = events.flatMap((event) => (event.kind === "log-line" ? [event.line] : []));
    expect(lines).toEqual(expect.arrayContaining(["a line of talk", "it is broken"]));
    await setOptions(sink.context, { maxJobs: 2 });
    // The first process of a sandbox takes no signal from itself, so this one stays by working.
    const stopped = derivationObject(shellDerivation("stopped", "while :; do :; done"));
    await sink.deliver([stopped]);
    const ended = await buildPathsWithResults(sink.context, [
      { path: stopped.path, outputs: "*" },
      ...wanted,
    ]);
    expect(ended.map(({ status }) => status)).toEqual(["not-finished", "already-valid", "permanent-failure"]);
    await buildPaths(sink.context, [{ path: good.path, outputs: "*" }]);
    await expect(buildPaths(sink.context, [{ path: bad.path, outputs: "*" }])).rejects.toThrow("exit code 7");
    await sink.close();
  });

  it("serves many objects at once in order", async () => {
    const { connection } = await connect();
    const sink = daemonSink(connection, nixStoreDir, 1);
    const objects = Array.from({ length: 600 }, (_, i) =>
      textObject(asBytes(`n${i}`), asBytes(`contents ${i}`)),
    );
    expect(await sink.deliver([...objects, ...sampleObjects().objects])).toMatchObject({ added: 607 });
    await sink.close();
  });

  it("is found by its socket and by its program, or named when it is not there", async () => {
    const gone = { kind: "socket", path: join(nix.root, "no-socket") } as const;
    await expect(openTransport(gone, {})).rejects.toThrow('no-socket": it does not exist [nix/missing]');
    const program = { kind: "child", command: ["no-such-nix-daemon"] } as const;
    await expect(openTransport(program, nix.environment)).rejects.toThrow("nix/missing");
    const other = { kind: "child", command: ["sh", "-c", "echo no store here >&2"] } as const;
    const transport = await openTransport(other, nix.environment);
    await expect(openConnection(transport)).rejects.toThrow("no store here [nix/connection-lost]");
  });

  it("is known by version and features", async () => {
    const found = await findNix({ environment: nix.environment });
    expect(found.version).toMatch(/^\d+\.\d+/);
    expect(found.features).toContain("dynamic-derivations");
    const wantsMore = findNix({
      environment: nix.environment,
      features: ["ca-derivations", "recursive-nix"],
    });
    await expect(wantsMore).rejects.toThrow(
      "the experimental feature recursive-nix of Nix is off [nix/feature-off]",
    );
    await expect(findNix({ environment: { PATH: "/nowhere" } })).rejects.toThrow("nix/missing");
  });
});
