// Imported first by programs that plan. V8 of Node 20 compiles a function with its optimizing compiler after 66 KiB of
// bytecode. When it waits nine times as long, planning LLVM's 11,294 edges takes 0.6 s of CPU instead of 0.9, and printing
// their derivations 0.45 instead of 0.75; loading them, loading Chromium and scanning headers take what they took
// (bench/RESULTS.md). Later versions count calls instead, and need nothing.

import { setFlagsFromString } from "node:v8";

if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString("--interrupt-budget=600000");
