// Runs inside a builder with recursive-nix: delivers the sample objects over the builder's socket and writes the
// last derivation to $out. Bundled by recursive.test.ts.

import { writeFileSync } from "node:fs";
import { bytesOfContents } from "../../emit/nar.ts";
import { openDaemonSink } from "../../emit/sink/daemon.ts";
import { addTempRoot, isValidPath } from "../../emit/sink/worker/operations.ts";
import { asBytes } from "../../graph/bytes.ts";
import { sampleObjects } from "./sample-objects.ts";

const { objects, root } = sampleObjects();
const batch = Number(process.env["batch"]);
const sink = await openDaemonSink({ environment: process.env, batch });
const { connection } = sink.context;
const first = await sink.deliver(objects);
const second = await sink.deliver(objects);
const other = asBytes("/nix/store/00000000000000000000000000000000-unknown");
await addTempRoot(sink.context, root.path).reply;
console.log(
  JSON.stringify({
    trust: connection.trust,
    nixVersion: connection.nixVersion,
    added: first.added,
    again: second.added,
    unknown: await isValidPath(sink.context, other),
    known: await isValidPath(sink.context, root.path),
  }),
);
await sink.close();
if (root.method !== "text") throw new Error("the root is a derivation");
writeFileSync(process.env["out"] ?? "", bytesOfContents(root.contents));
