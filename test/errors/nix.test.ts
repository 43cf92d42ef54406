// The exact text of every nix/... error, with its hint.

import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { checkFeatures, checkNixVersion, findNix, parseNixVersion } from "../../emit/sink/nix-version.ts";
import { openConnection, type WorkerConnection } from "../../emit/sink/worker/connection.ts";
import { addToStore, isValidPath } from "../../emit/sink/worker/operations.ts";
import { openTransport, type Transport } from "../../emit/sink/worker/transport.ts";
import { nixStoreDir } from "../../emit/store-path.ts";
import { WireBuffer } from "../../emit/wire-buffer.ts";
import { asBytes } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";

const path = asBytes("/nix/store/00000000000000000000000000000000-x");

function print({ code, message, hint }: Diagnostic): string {
  return `${message} [${code}]${hint === undefined ? "" : `\n  hint: ${hint}`}`;
}

async function errorOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof InputError)
      return `${error.diagnostics.map(print).join("\n")}\n  exit code ${error.exitCode}`;
    throw error;
  }
  return "no error";
}

/** A daemon that has said so much and then says nothing, or ends. */
async function connected(
  said: readonly (number | string)[],
  ends: boolean,
  patience = 0,
): Promise<WorkerConnection> {
  const out = new WireBuffer(64);
  for (const part of said) typeof part === "number" ? out.number(part) : out.string(part);
  const fromDaemon = new PassThrough();
  const toDaemon = new PassThrough().resume();
  const close = async (): Promise<void> => void fromDaemon.destroy();
  const transport: Transport = {
    fromDaemon,
    toDaemon,
    name: 'the daemon at "/s"',
    complaints: async () => "",
    close,
  };
  fromDaemon.write(out.take());
  if (ends) fromDaemon.end();
  return openConnection(transport, { patience });
}

const greeting = [0x6478696f, 0x126, 0, "2.34.8", 1, 0x616c7473];

it("nix/missing: there is no Nix to talk to", async () => {
  const environment = { PATH: "/nowhere" };
  expect(await errorOf(() => findNix({ environment }))).toMatchInlineSnapshot(`
    "there is no program "nix" to run [nix/missing]
      hint: install Nix 2.34 or newer and put it on PATH; to write a plan without Nix, use the cache sink
      exit code 3"
  `);
  expect(await errorOf(() => findNix({ environment: process.env, program: "false" }))).toMatchInlineSnapshot(`
    ""false --version" failed: it ended with exit code 1 [nix/missing]
      hint: install Nix 2.34 or newer and put it on PATH; to write a plan without Nix, use the cache sink
      exit code 3"
  `);
  expect(
    await errorOf(() => openTransport({ kind: "socket", path: "/nowhere/socket" }, {})),
  ).toMatchInlineSnapshot(`
    "no Nix daemon behind the socket "/nowhere/socket": it does not exist [nix/missing]
      hint: install Nix 2.34 or newer, or set NIX_REMOTE to the store that is meant
      exit code 3"
  `);
  const child = { kind: "child", command: ["nix-daemon", "--stdio"] } as const;
  expect(await errorOf(() => openTransport(child, environment))).toMatchInlineSnapshot(`
    "no Nix daemon behind the program "nix-daemon": it does not exist [nix/missing]
      hint: install Nix 2.34 or newer, or set NIX_REMOTE to the store that is meant
      exit code 3"
  `);
});

it("nix/too-old: versions before 2.34 and protocols without an operation", async () => {
  expect(await errorOf(() => checkNixVersion("2.33.1", "the Nix daemon"))).toMatchInlineSnapshot(`
    "the Nix daemon is Nix 2.33.1 [nix/too-old]
      hint: use Nix 2.34 or newer: older ones build dynamic derivations wrongly or not at all
      exit code 3"
  `);
  expect(await errorOf(() => checkNixVersion("", "the Nix daemon"))).toMatchInlineSnapshot(`
    "the Nix daemon does not tell its version [nix/too-old]
      hint: use Nix 2.34 or newer: older ones build dynamic derivations wrongly or not at all
      exit code 3"
  `);
  for (const good of ["2.34", "2.34.8", "2.35.0", "3.0", "2.36pre20260822_88b09c6"])
    checkNixVersion(good, "x");
  expect(parseNixVersion("nix (Nix) 2.34.8")).toBe("2.34.8");
  expect(parseNixVersion("nix (Determinate Nix 3.1) 2.35.1")).toBe("2.35.1");
  expect(await errorOf(() => connected([0x6478696f, 0x110], false))).toMatchInlineSnapshot(`
    "the Nix daemon speaks protocol 1.16, connecting needs 1.18 [nix/too-old]
      hint: use Nix 2.34 or newer
      exit code 3"
  `);
  const connection = await connected([0x6478696f, 0x118, 0x616c7473], false);
  const addition = { name: asBytes("n"), method: "text:sha256", references: [], contents: [] } as const;
  expect(
    await errorOf(() => addToStore({ connection, storeDir: nixStoreDir }, addition)),
  ).toMatchInlineSnapshot(`
    "the Nix daemon speaks protocol 1.24, addToStore needs 1.25 [nix/too-old]
      hint: use Nix 2.34 or newer
      exit code 3"
  `);
});

it("nix/feature-off: experimental features that must be on", async () => {
  const on = new Set(["nix-command", "ca-derivations"]);
  expect(
    await errorOf(() => checkFeatures(on, ["ca-derivations", "dynamic-derivations"])),
  ).toMatchInlineSnapshot(`
    "the experimental feature dynamic-derivations of Nix is off [nix/feature-off]
      hint: add to nix.conf, the daemon's too: extra-experimental-features = dynamic-derivations
      exit code 3"
  `);
  expect(
    await errorOf(() => checkFeatures(new Set(), ["ca-derivations", "dynamic-derivations"])),
  ).toMatchInlineSnapshot(`
    "the experimental features ca-derivations and dynamic-derivations of Nix are off [nix/feature-off]
      hint: add to nix.conf, the daemon's too: extra-experimental-features = ca-derivations dynamic-derivations
      exit code 3"
  `);
});

it("nix/refused: what the daemon says itself", async () => {
  const error = [0x63787470, "Error", 0, "Error", "\x1b[31;1merror:\x1b[0m path is not valid", 0, 0];
  const connection = await connected([...greeting, ...error], false);
  expect(
    await errorOf(() => isValidPath({ connection, storeDir: nixStoreDir }, path)),
  ).toMatchInlineSnapshot(`
    "Nix says: path is not valid [nix/refused]
      exit code 1"
  `);
});

it("nix/connection-lost, nix/no-answer and nix/protocol: a daemon that ends, hangs or is none", async () => {
  const ended = await connected(greeting, true);
  expect(
    await errorOf(() => isValidPath({ connection: ended, storeDir: nixStoreDir }, path)),
  ).toMatchInlineSnapshot(`
    "the connection to the daemon at "/s" ended before its answer [nix/connection-lost]
      hint: look at the daemon's log; what was added before stays in the store
      exit code 3"
  `);
  const hung = await connected(greeting, false, 1000);
  expect(
    await errorOf(() => isValidPath({ connection: hung, storeDir: nixStoreDir }, path)),
  ).toMatchInlineSnapshot(`
    "the Nix daemon has not answered for 1 s [nix/no-answer]
      hint: look whether it is stopped or waits for a lock; its log says more
      exit code 3"
  `);
  expect(await errorOf(() => connected([80], false))).toMatchInlineSnapshot(`
    "the Nix daemon sent 0x50 as its greeting, which is not understood [nix/protocol]
      hint: check that the socket is the one of a Nix daemon, of 2.34 or newer
      exit code 3"
  `);
});
