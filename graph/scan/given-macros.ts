// What is known of macros where a unit begins: what the command says, and what every compiler for Linux says.

import { EVERY_NAME, foreignBit } from "./foreign.ts";
import type { CompileInvocation, CompileSource } from "./invocation.ts";
import { DEFINED, type MacroName, type MacroState, macroNamed, UNDEFINED } from "./macro-name.ts";
import { baseOf } from "./path.ts";
import { definedAs } from "./program.ts";

/** Of the standards for which compilers agree on the number. */
const cplusplus: ReadonlyMap<string, string> = new Map([
  ["11", "201103L"],
  ["14", "201402L"],
  ["17", "201703L"],
]);

export function givenMacros(
  { program, defines, undefines, standard }: CompileInvocation,
  { language }: CompileSource,
): ReadonlyMap<MacroName, MacroState> {
  const given = new Map<MacroName, MacroState>();
  const base = baseOf(program);
  for (const name of ["__GNUC__", "__linux__", "__unix__"]) given.set(macroNamed(name), DEFINED);
  if (/^(?:[\w.-]+-)?(?:gcc|g\+\+)(?:-[\d.]+)?$/.test(base)) given.set(macroNamed("__clang__"), UNDEFINED);
  const plus = macroNamed("__cplusplus");
  if (language.includes("c++")) {
    const number = cplusplus.get(/^(?:c|gnu)\+\+(\d+)$/.exec(standard ?? "")?.[1] ?? "");
    given.set(plus, number === undefined ? DEFINED : definedAs(number));
  } else if (language === "c" && !base.includes("++")) given.set(plus, UNDEFINED);
  for (const text of undefines ?? []) {
    const name = macroNamed(text);
    given.set(name, name.initial === UNDEFINED ? UNDEFINED : { ...UNDEFINED, since: 0 });
  }
  for (const define of defines) {
    const match = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(define);
    const name = match?.[1] ?? /^\w+/.exec(define)?.[0];
    if (name === undefined) continue;
    const state = definedAs(match === null ? null : (match[2] ?? "1"));
    given.set(macroNamed(name), macroNamed(name).isCommon ? { ...state, since: 0 } : state);
  }
  return given;
}

/** Names of foreign.ts that a command defines, or may. */
export function foreignNamesOf({ tool, isForeign, defines }: CompileInvocation): number {
  if (tool !== "compiler" || isForeign === true) return EVERY_NAME;
  let defined = 0;
  for (const define of defines) defined |= foreignBit(/^\w+/.exec(define)?.[0] ?? "");
  return defined;
}
