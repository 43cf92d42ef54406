// Properties draw the same cases in every run, so that a run says something about a change and not about luck.
// UNRAVEL_SEED=N draws others.

import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["UNRAVEL_SEED"] ?? 1) });
