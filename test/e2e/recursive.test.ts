// The daemon sink inside a builder, over the restricted connection that recursive-nix gives it.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { derivationObject, textObject } from "../../emit/object.ts";
import { type DaemonSink, openDaemonSink } from "../../emit/sink/daemon.ts";
import { buildPathsWithResults } from "../../emit/sink/worker/builds.ts";
import type { WorkerEvent } from "../../emit/sink/worker/events.ts";
import { asBytes, fromBuffer } from "../../graph/bytes.ts";
import { makeRealNix, type RealNix } from "./real-nix.ts";
import { sampleObjects, shellDerivation } from "./sample-objects.ts";

/** What node needs of this machine: there is no node in the store. */
const libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", process.execPath].filter((path) =>
  existsSync(path),
);

describe("inside a builder with recursive-nix", () => {
  let nix: RealNix;
  let sink: DaemonSink;
  const events: WorkerEvent[] = [];

  beforeAll(async () => {
    nix = makeRealNix({ recursive: true, settings: `extra-sandbox-paths = ${libraries.join(" ")}` });
    sink = await openDaemonSink({ environment: nix.environment, onEvent: (event) => events.push(event) });
  });
  afterAll(async () => {
    await sink.close();
    nix.remove();
  });

  it.each(["500", "1"])("delivers derivations that Nix then builds (batch of %s)", async (batch) => {
    const entry = fileURLToPath(new URL("recursive-client.ts", import.meta.url));
    const bundle = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
    });
    const script = textObject(
      asBytes("client.mjs"),
      fromBuffer(bundle.outputFiles[0]?.contents ?? new Uint8Array()),
    );
    const plain = shellDerivation("inner.drv", `exec ${process.execPath} ${script.path}`, {
      inputSrcs: [script.path],
      method: "text",
    });
    const env = new Map([
      ...plain.env,
      [asBytes("requiredSystemFeatures"), asBytes("recursive-nix")] as const,
      [asBytes("batch"), asBytes(batch)] as const,
    ]);
    const producer = derivationObject({ ...plain, env });
    await sink.deliver([script, producer]);
    events.length = 0;
    const out = asBytes("out");
    const [result] = await buildPathsWithResults(sink.context, [
      { path: producer.path, chain: [out], outputs: [out] },
    ]);
    const lines = events.flatMap((event) => (event.kind === "log-line" ? [event.line] : []));
    expect({ status: result?.status, message: result?.message, lines }).toMatchObject({ message: "" });
    const report = lines.find((line) => line.startsWith("{")) ?? "{}";
    expect(JSON.parse(report)).toEqual({
      trust: "no",
      nixVersion: expect.stringMatching(/^2\.\d+/),
      added: 7,
      again: 0,
      unknown: false,
      known: true,
    });
    expect(readFileSync(nix.root + (result?.outputs.get(out) ?? ""), "utf8")).toBe(sampleObjects().built);
  });
});
