// What emission costs: printing derivations, and delivering them to each sink. A step is a source file, an input tree
// of 20 links and a derivation of about 2 KB with 20 inputs. CPU time of this process and, for the daemon, of it too.
// Run: scripts/with-nix node bench/run.mjs emit [STEPS...]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printDerivation } from "../emit/aterm.ts";
import { type Derivation, derivationPath, type InputNode, inputOutputs } from "../emit/derivation.ts";
import type { JsonValue } from "../emit/json.ts";
import type { NarNode } from "../emit/nar.ts";
import { derivationObject, narObject, type StoreObject } from "../emit/object.ts";
import { inputPlaceholder, outputPlaceholder } from "../emit/placeholder.ts";
import { cacheSink } from "../emit/sink/cache.ts";
import { openDaemonSink } from "../emit/sink/daemon.ts";
import { memorySink } from "../emit/sink/memory.ts";
import type { Sink } from "../emit/sink/sink.ts";
import { asBytes, type Bytes } from "../graph/bytes.ts";

const out = asBytes("out");
const inputsPerStep = 20;
const command = `gcc -O2 -g -Wall ${"-I/build/source/include/some/directory ".repeat(12)}-c source.c -o object.o`;

/** The same for the same number: no clock, no randomness. */
function makeSteps(count: number): readonly StoreObject[] {
  const objects: StoreObject[] = [];
  const derivations: Bytes[] = [];
  const sources: Bytes[] = [];
  for (let step = 0; step < count; step++) {
    const contents = asBytes(`// source ${step}\n${"int x;\n".repeat(50)}`);
    const source = narObject(asBytes(`source-${step}.c`), { kind: "file", executable: false, contents });
    sources.push(source.path);
    const links = sources.slice(-inputsPerStep);
    const tree = narObject(asBytes(`inputs-${step}`), makeTree(links), links);
    const derivation = derivationObject(makeStep(step, tree.path, derivations.slice(-inputsPerStep)));
    derivations.push(derivation.path);
    objects.push(source, tree, derivation);
  }
  return objects;
}

function makeTree(links: readonly Bytes[]): NarNode {
  const entries = links.map((target, i): [Bytes, NarNode] => [
    asBytes(`header-${i}.h`),
    { kind: "symlink", target },
  ]);
  return { kind: "directory", entries: new Map(entries) };
}

function makeStep(step: number, tree: Bytes, inputs: readonly Bytes[]): Derivation {
  const name = asBytes(`step-${step}.o`);
  const attrs: [Bytes, JsonValue][] = [
    [asBytes("name"), name],
    [asBytes("command"), asBytes(command)],
    [asBytes("inputTree"), tree],
    [asBytes("inputs"), inputs.map((path) => inputPlaceholder(path, [out]))],
  ];
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map(inputs.map((path): [Bytes, InputNode] => [path, inputOutputs(out)])),
    inputSrcs: [tree],
    system: asBytes("x86_64-linux"),
    builder: asBytes("/bin/sh"),
    args: [asBytes("-c"), asBytes("exit 1")],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map(attrs),
  };
}

/** Milliseconds: this process, and the children it has waited for. */
function cpu(): { readonly own: number; readonly children: number } {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync("/proc/self/stat", "latin1")
    .replace(/^.*\) /, "")
    .split(" ");
  // Fields 16 and 17 of proc(5), in hundredths of a second.
  return { own: (user + system) / 1000, children: (Number(fields[13]) + Number(fields[14])) * 10 };
}

async function measure(name: string, count: number, act: () => unknown): Promise<void> {
  const before = cpu();
  const start = performance.now();
  await act();
  const wall = performance.now() - start;
  const after = cpu();
  const own = after.own - before.own;
  const children = after.children - before.children;
  const each = (milliseconds: number): string => `${((milliseconds / count) * 1000).toFixed(1)} us`;
  const daemon = children > 0 ? `, daemon ${children.toFixed(0)} ms (${each(children)} each)` : "";
  console.log(
    `${name.padEnd(34)} ${own.toFixed(0)} ms CPU (${each(own)} each)${daemon}, ${wall.toFixed(0)} ms wall`,
  );
}

/** In portions: a heap full of derivations would measure the garbage collector. */
async function benchPrinting(portions: number): Promise<void> {
  const path = asBytes(`/nix/store/${"0".repeat(32)}-input.drv`);
  const inputs = Array.from({ length: inputsPerStep }, (_, i) => asBytes(`${path.slice(0, -4)}-${i}.drv`));
  const portion = 1000;
  let bytes = 0;
  let own = 0;
  for (let at = 0; at < portions; at++) {
    const steps = Array.from({ length: portion }, (_, i) => makeStep(at * portion + i, path, inputs));
    const before = cpu().own;
    for (const step of steps) {
      const text = printDerivation(step);
      derivationPath(step, text);
      bytes += text.length;
    }
    own += cpu().own - before;
  }
  const count = portions * portion;
  const each = ((own / count) * 1000).toFixed(1);
  console.log(
    `print and hash ${count} derivations of ${Math.round(bytes / count)} bytes: ${own.toFixed(0)} ms CPU (${each} us each)`,
  );
}

const counts = process.argv.slice(2).map(Number);
await benchPrinting(60);
const hasDaemon = process.env["UNRAVEL_NIX_ROOT"] !== undefined;
if (!hasDaemon) console.log("no daemon: run with scripts/with-nix");
for (const count of counts.length > 0 ? counts : [100, 1000, 5000]) {
  let objects: readonly StoreObject[] = [];
  await measure(`make ${count} steps`, count * 3, () => {
    objects = makeSteps(count);
  });
  const scratch = mkdtempSync(join(tmpdir(), "unravel-bench-"));
  const environment = { ...process.env, NIX_REMOTE: `local?root=${scratch}/root` };
  const deliver = async (sink: Sink): Promise<void> => {
    await sink.deliver(objects);
    await sink.close();
  };
  await measure("  memory", objects.length, () => deliver(memorySink()));
  await measure("  cache", objects.length, () => deliver(cacheSink(join(scratch, "cache"))));
  await measure("  cache, all there", objects.length, () => deliver(cacheSink(join(scratch, "cache"))));
  if (hasDaemon) {
    const open = (batch: number) => openDaemonSink({ environment, batch });
    await measure("  daemon, batches", objects.length, async () => deliver(await open(500)));
    await measure("  daemon, all there", objects.length, async () => deliver(await open(500)));
    rmSync(join(scratch, "root"), { recursive: true });
    await measure("  daemon, one by one", objects.length, async () => deliver(await open(1)));
  }
  rmSync(scratch, { recursive: true, force: true });
}
