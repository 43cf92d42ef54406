// Entry of the bundle that runs in builders.

import "./tune-v8.ts";
import { InputError } from "../graph/diagnostic.ts";
import { graphFileOf, runStage } from "./builder.ts";

try {
  await runStage(process.argv[2], process.env);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  const { printDiagnostics } = await import("./print-diagnostics.ts");
  const read = await graphFileOf(process.argv[2], process.env);
  process.stderr.write(printDiagnostics(error.diagnostics, { color: false, read }));
  process.exitCode = error.exitCode;
}
