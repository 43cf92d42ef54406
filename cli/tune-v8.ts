// Imported first by programs that plan. V8 of Node 20 compiles a function with its optimizing compiler after 66 KiB of
// bytecode. Planning LLVM's 11,294 edges took a third less CPU time, load and scan included, when it waited nine times as
// long (bench/RESULTS.md). Later versions count calls instead, and need nothing.

import { setFlagsFromString } from "node:v8";

if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString("--interrupt-budget=600000");
