// What Nix takes and then does wrong, or refuses without a place: the engine's rules for derivations, checked before
// one is emitted. Pure; the rules hold up to Nix 2.34 and do no harm later.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import type { Diagnostic } from "../graph/diagnostic.ts";
import type { Derivation, InputNode } from "./derivation.ts";
import { type JsonValue, printJson } from "./json.ts";
import { inputPlaceholder, outputPlaceholder } from "./placeholder.ts";
import { nameProblem, outputPathName } from "./store-path.ts";

/** Every rule that the derivation breaks; none for a good one. */
export function derivationProblems(derivation: Derivation): readonly Diagnostic[] {
  return [
    ...nameProblems(derivation),
    ...outputProblems(derivation),
    ...sharedResultProblems(derivation),
    ...mentionProblems(derivation),
    ...innerPlaceholderProblems(derivation),
    ...nulProblems(derivation),
  ];
}

function nameProblems(derivation: Derivation): readonly Diagnostic[] {
  return [...derivation.outputs.keys()].flatMap((output): Diagnostic[] => {
    const name = outputPathName(derivation.name, output);
    // An output named like a variable with a slash would pass for "out", whose own name is not looked at.
    const problem =
      nameProblem(output) ?? nameProblem(name) ?? nameProblem(asBytes(`${derivation.name}.drv`));
    if (problem === undefined) return [];
    const message = `"${toText(name)}" cannot be the name of a store path: ${problem}`;
    return [{ code: "store/bad-name", message, hint: 'use 1 to 211 of the chars "0-9A-Za-z+-._?="' }];
  });
}

function outputProblems(derivation: Derivation): readonly Diagnostic[] {
  const { name, outputs } = derivation;
  const problem = (message: string, hint: string): Diagnostic => ({
    code: "store/bad-derivation",
    message: `"${toText(name)}" ${message}`,
    hint,
  });
  if (outputs.size === 0) return [problem("has no output", 'give it an output, usually "out"')];
  const found: Diagnostic[] = [];
  const kinds = new Set([...outputs.values()].map(({ kind }) => kind));
  if (kinds.size > 1)
    found.push(problem("mixes kinds of outputs", "make all outputs floating, or all deferred"));
  if (kinds.has("fixed") && (outputs.size > 1 || !outputs.has(asBytes("out")))) {
    found.push(
      problem('has a fixed output that is not the only one, "out"', "split it into several derivations"),
    );
  }
  const algos = new Set([...outputs.values()].flatMap((output) => ("algo" in output ? [output.algo] : [])));
  if (algos.size > 1) {
    found.push(
      problem(`has outputs hashed with ${[...algos].sort().join(" and ")}`, "hash all of them with sha256"),
    );
  }
  for (const [output, value] of outputs) {
    if ("method" in value && value.method === "text" && value.algo !== "sha256") {
      const message = `has the text output "${toText(output)}" hashed with ${value.algo}, on which Nix aborts`;
      found.push(problem(message, "hash texts with sha256"));
    }
  }
  return found;
}

/** Two floating derivations that differ only in their names get one result: the cache key has no name in it. */
function sharedResultProblems(derivation: Derivation): readonly Diagnostic[] {
  if (![...derivation.outputs.values()].some(({ kind }) => kind === "floating")) return [];
  const key = asBytes("name");
  const named = derivation.structuredAttrs?.get(key) ?? derivation.env.get(key);
  if (named === derivation.name) return [];
  return [
    {
      code: "store/shared-result",
      message: `"${toText(derivation.name)}" does not have its name in the variable "name"`,
      hint: "add it: Nix up to 2.34 gives derivations that differ only by file name the same result",
    },
  ];
}

/** A dynamic input that is not mentioned is no part of the cache key: another one's result would be returned. */
function mentionProblems(derivation: Derivation): readonly Diagnostic[] {
  const text = textsOf(derivation).join("\n");
  const found: Diagnostic[] = [];
  const visit = (path: Bytes, node: InputNode, chain: readonly Bytes[]): void => {
    for (const output of chain.length === 0 ? [] : node.outputs) {
      const whole = [...chain, output];
      if (text.includes(inputPlaceholder(path, whole))) continue;
      found.push({
        code: "store/unmentioned-input",
        message: `"${toText(derivation.name)}" does not mention its input "${toText(asBytes([path, ...whole].join("^")))}"`,
        hint: "put its placeholder into env or args: Nix up to 2.34 ignores such inputs when it looks for old results",
      });
    }
    for (const [output, child] of node.dynamic) visit(path, child, [...chain, output]);
  };
  for (const [path, node] of derivation.inputDrvs) visit(path, node, []);
  return found;
}

/** The text of a derivation inside another one's: placeholders of outputs with the same name would be replaced. */
function innerPlaceholderProblems(derivation: Derivation): readonly Diagnostic[] {
  const texts = textsOf(derivation).filter((text) => /\b(?:Derive|DrvWithVersion)\(/.test(text));
  return [...derivation.outputs.keys()]
    .filter((output) => texts.some((text) => text.includes(outputPlaceholder(output))))
    .map((output) => ({
      code: "store/inner-placeholder",
      message: `"${toText(derivation.name)}" carries the text of a derivation that has an output "${toText(output)}", as it has itself`,
      hint: "rename the outer output, or let the builder read the text from a file: Nix replaces the placeholder",
    }));
}

/** The kernel ends an argument or variable at the first NUL byte; JSON in a file has no such limit. */
function nulProblems(derivation: Derivation): readonly Diagnostic[] {
  const { name, builder, args, env } = derivation;
  const texts = [builder, ...args, ...(derivation.structuredAttrs === undefined ? [...env].flat() : [])];
  if (!texts.some((text) => text.includes("\0"))) return [];
  const message = `"${toText(name)}" has a NUL byte in its builder, args or env, where a program cannot see what follows`;
  return [{ code: "store/bad-derivation", message, hint: "pass the text in a file" }];
}

/** Every text in which Nix replaces placeholders when the build starts, or inputs are resolved. */
function textsOf(derivation: Derivation): readonly string[] {
  const attrs: readonly JsonValue[] =
    derivation.structuredAttrs === undefined ? [] : [derivation.structuredAttrs];
  return [derivation.builder, ...derivation.args, ...[...derivation.env].flat(), ...attrs.map(printJson)];
}
