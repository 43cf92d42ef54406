// The stages around sets of objects, from a derivation's attributes.

import type { EmissionContext } from "../../emit/outputs/context.ts";
import { fromText } from "../../graph/bytes.ts";
import { scratchPaths, structuredAttributes, text, variable } from "../builder-attributes.ts";
import { evaluate } from "../dynamic/evaluate.ts";
import { emissionContext } from "../settings.ts";
import { writeObjectSet } from "./file.ts";
import { deliverSet, emitSet, writeSetEntry } from "./stages.ts";

export type SetStage = "evaluate" | "set-deliver" | "set-emit" | "set-entry";

/** All of these stages have structured attributes. */
export async function runSetStage(stage: SetStage, env: NodeJS.ProcessEnv): Promise<void> {
  const attributes = structuredAttributes(env);
  const outputs = scratchPaths(attributes);
  const out = outputs.get("out") ?? "";
  const storeDir = env["NIX_STORE"] ?? "/nix/store";
  const context = (): EmissionContext =>
    emissionContext(
      text(attributes, "settings"),
      fromText(text(attributes, "environment")),
      fromText(storeDir),
      new Map(),
    );
  switch (stage) {
    case "evaluate": {
      const { set, derived } = evaluate({
        name: text(attributes, "setName"),
        nix: text(attributes, "nix"),
        expression: text(attributes, "expression"),
        attribute: text(attributes, "attribute"),
        features: text(attributes, "features"),
        arguments: attributes.get("arguments"),
        storeDir,
        temporary: variable(env, "TMPDIR"),
      });
      writeObjectSet(out, set, derived);
      return;
    }
    case "set-entry":
      writeSetEntry({ set: text(attributes, "set"), settings: text(attributes, "settings"), out }, context());
      return;
    case "set-emit":
      emitSet(text(attributes, "set"), context(), outputs);
      return;
    case "set-deliver":
      await deliverSet(text(attributes, "set"), out, env);
      return;
  }
}
