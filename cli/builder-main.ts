// Entry of the bundle that runs in builders.

import { InputError } from "../graph/diagnostic.ts";
import { graphFileOf, runStage } from "./builder.ts";
import { printDiagnostics } from "./print-diagnostics.ts";

try {
  await runStage(process.argv[2], process.env);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(
    printDiagnostics(error.diagnostics, { color: false, read: graphFileOf(process.argv[2], process.env) }),
  );
  process.exitCode = error.exitCode;
}
