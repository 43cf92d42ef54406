// Every sink gives real Nix the same paths and the same bytes.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { narHash } from "../../emit/nar.ts";
import { nodeOfObject } from "../../emit/object.ts";
import { cacheSink } from "../../emit/sink/cache.ts";
import { type DaemonSink, openDaemonSink } from "../../emit/sink/daemon.ts";
import { memorySink } from "../../emit/sink/memory.ts";
import { buildPathsWithResults } from "../../emit/sink/worker/builds.ts";
import { narFromPath, queryDerivationOutputMap, queryPathInfo } from "../../emit/sink/worker/operations.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import { nixStoreDir } from "../../emit/store-path.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { makeRealNix, type RealDaemon, type RealNix, startDaemon } from "./real-nix.ts";
import { sampleObjects } from "./sample-objects.ts";

const sample = sampleObjects();
const paths = sample.objects.map(({ path }) => path);

/** path -> sha256 of its NAR and its references: what a store says about what it was given. */
type Contents = ReadonlyMap<Bytes, string>;

const wanted: Contents = new Map(
  sample.objects.map((object) => [
    object.path,
    describeObject(narHash(nodeOfObject(object)).hex, object.references),
  ]),
);

function describeObject(narHex: string, references: readonly string[]): string {
  return [narHex, ...references].join(" ");
}

async function contentsOf(nix: RealNix): Promise<Contents> {
  const rows = paths.map(async (path) => {
    const hash = await nix.run("nix-store", "--query", "--hash", path);
    const hex = await nix.run("nix", "hash", "convert", "--to", "base16", "--hash-algo", "sha256", hash);
    const references = await nix.run("nix-store", "--query", "--references", path);
    const listed = references === "" ? [] : references.split("\n").sort();
    return [path, describeObject(hex.replace(/^sha256:/, ""), listed)] as const;
  });
  return new Map(await Promise.all(rows));
}

async function contentsOverConnection(context: OperationContext): Promise<Contents> {
  const rows = paths.map(async (path) => {
    const info = await queryPathInfo(context, path);
    return [path, describeObject(info?.narHex ?? "none", info?.references ?? [])] as const;
  });
  return new Map(await Promise.all(rows));
}

it("delivers every object to memory", async () => {
  const sink = memorySink();
  expect(await sink.deliver(sample.objects)).toMatchObject({ added: 7, present: 0, outside: [] });
  expect([...sink.objects.keys()]).toEqual(paths);
});

describe("with real Nix", () => {
  let nix: RealNix;
  let directory: string;
  const stores: RealNix[] = [];
  const daemons: RealDaemon[] = [];

  function freshNix(settings?: string): RealNix {
    const fresh = makeRealNix(settings === undefined ? {} : { settings });
    stores.push(fresh);
    return fresh;
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "unravel-sinks-"));
    nix = freshNix();
    await cacheSink(join(directory, "cache")).deliver(sample.objects);
  });

  afterAll(() => {
    for (const daemon of daemons) daemon.stop();
    for (const store of stores) store.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  async function buildRoot(sink: DaemonSink, on: RealNix): Promise<string> {
    const [result] = await buildPathsWithResults(sink.context, [{ path: sample.root.path, outputs: "*" }]);
    expect(result?.message).toBe("");
    expect(result?.status).toBe("built");
    return readFileSync(on.root + (result?.outputs.get(asBytes("out")) ?? ""), "utf8");
  }

  it("writes a cache that nix copy takes", async () => {
    await nix.run("nix", "copy", "--from", `file://${directory}/cache`, ...paths);
    expect(await contentsOf(nix)).toEqual(wanted);
  });

  it("writes a cache that nix build takes as a substituter", async () => {
    const fresh = freshNix();
    const cache = ["--option", "substituters", `file://${directory}/cache`];
    const out = await fresh.run(
      "nix",
      "build",
      "--no-link",
      "--print-out-paths",
      ...cache,
      `${sample.root.path}^out`,
    );
    expect(readFileSync(fresh.root + out, "utf8")).toBe(sample.built);
  });

  it("leaves nothing but whole files in a cache, and adds nothing twice", async () => {
    const again = await cacheSink(join(directory, "cache")).deliver(sample.objects);
    expect(again).toEqual({ added: 0, present: 7, bytes: 0, outside: [] });
    expect(readdirSync(join(directory, "cache")).filter((name) => name.startsWith("."))).toEqual([]);
    expect(readdirSync(join(directory, "cache/nar"))).toHaveLength(7);
  });

  it.each([
    ["in batches", {}],
    ["one by one", { batch: 1 }],
  ])("delivers to a daemon's socket %s, and builds there", async (_, options) => {
    const fresh = freshNix();
    const daemon = await startDaemon(fresh);
    daemons.push(daemon);
    const address = { kind: "socket", path: daemon.socket } as const;
    const sink = await openDaemonSink({ environment: fresh.environment, address, ...options });
    try {
      expect(await sink.deliver(sample.objects)).toMatchObject({ added: 7, present: 0 });
      expect(await contentsOverConnection(sink.context)).toEqual(wanted);
      expect(await contentsOf(fresh)).toEqual(wanted);
      expect(await buildRoot(sink, fresh)).toBe(sample.built);
      const outputs = await queryDerivationOutputMap(sink.context, sample.root.path);
      expect(readFileSync(fresh.root + (outputs.get(asBytes("out")) ?? ""), "utf8")).toBe(sample.built);
    } finally {
      await sink.close();
    }
    const later = await openDaemonSink({ environment: fresh.environment, address, ...options });
    expect(await later.deliver(sample.objects)).toMatchObject({ added: 0, present: 7, bytes: 0 });
    await later.close();
  });

  it("delivers to a child daemon and reads the same archives back", async () => {
    const fresh = freshNix();
    const sink = await openDaemonSink({ environment: fresh.environment });
    try {
      expect(sink.context.connection.trust).toBe("yes");
      await sink.deliver(sample.objects);
      expect(await contentsOverConnection(sink.context)).toEqual(wanted);
      for (const object of sample.objects) {
        const archive = await narFromPath(
          { connection: sink.context.connection, storeDir: nixStoreDir },
          object.path,
        );
        expect(archive.length).toBe(narHash(nodeOfObject(object)).size);
      }
    } finally {
      await sink.close();
    }
    expect(await contentsOf(fresh)).toEqual(wanted);
  });
});
