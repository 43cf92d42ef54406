// Reads the database that `make -p` prints: the values of variables and the rules, with what make found for targets
// of pattern rules.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { DumpRule } from "./dump.ts";
import { spanOf } from "./error.ts";

export interface Database {
  /** Unexpanded, by name; the global ones. */
  readonly variables: ReadonlyMap<string, Bytes>;
  /** Of all that is a target, by its name. */
  readonly rules: ReadonlyMap<Bytes, DumpRule>;
  /** Its end was printed. */
  readonly isWhole: boolean;
}

/** `start` and `end` are offsets of the database in the text; names of rules are taken apart at blanks, as printed. */
export function readDatabase(text: Bytes, file: Bytes, start: number, end: number): Database {
  const variables = new Map<string, Bytes>();
  const rules = new Map<Bytes, DumpRule>();
  let inFiles = false;
  let isWhole = false;
  let rule: (DumpRule & { isSource: boolean; hasRecipe: boolean }) | undefined;
  let isSource = false;
  const flush = (): void => {
    if (rule !== undefined && !rule.isSource) {
      const { isSource: _, hasRecipe, ...plain } = rule;
      rules.set(rule.target, { ...plain, isMissing: plain.isMissing && !hasRecipe });
    }
    rule = undefined;
    isSource = false;
  };
  for (let at = start; at < end; ) {
    const found = text.indexOf("\n", at);
    const stop = found < 0 || found > end ? end : found;
    const line = text.slice(at, stop);
    const from = at;
    at = stop + 1;
    if (line === "# Files") inFiles = true;
    else if (line.startsWith("# files hash-table stats:")) {
      flush();
      inFiles = false;
    } else if (line.startsWith("# Finished Make data base")) isWhole = true;
    else if (!inFiles) {
      const [, name, value = ""] = /^([^\s#:=]\S*) :{0,3}= ?(.*)$/.exec(line) ?? [];
      if (name !== undefined && !variables.has(name)) variables.set(name, asBytes(value));
    } else if (line === "") flush();
    else if (line === "# Not a target:") isSource = true;
    else if (line.startsWith("\t")) {
      if (rule === undefined) continue;
      rule = { ...rule, hasRecipe: true, recipe: [...rule.recipe, asBytes(line.slice(1))] };
    } else if (line.startsWith("#")) {
      if (rule === undefined) continue;
      if (line.startsWith("#  Phony target")) rule = { ...rule, isPhony: true };
      else if (line.startsWith("#  Also makes:")) rule = { ...rule, also: wordsOf(line.slice(14)) };
      else if (line.startsWith("#  File does not exist")) rule = { ...rule, isMissing: true };
      else if (line.startsWith("#  recipe to execute")) rule = { ...rule, hasRecipe: true };
    } else if (rule === undefined) {
      const parts = /^(.+?)::?(?: (.*))?$/.exec(line);
      if (parts === null) continue;
      const [before = "", after = ""] = (parts[2] ?? "").split(/(?:^| )\|(?: |$)/);
      rule = {
        make: 1,
        target: asBytes(parts[1] ?? ""),
        isPhony: false,
        isMissing: false,
        prerequisites: wordsOf(before),
        orderOnly: wordsOf(after),
        also: [],
        recipe: [],
        span: spanOf(file, from, stop),
        isSource,
        hasRecipe: false,
      };
    }
  }
  flush();
  return { variables, rules, isWhole };
}

function wordsOf(text: string): readonly Bytes[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map(asBytes);
}
