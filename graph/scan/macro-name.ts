// Names of macros, one object each, so that what a macro is can be looked up without a search.

import type { Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import { isNeverOutside } from "./foreign.ts";

/** What a macro may be at some place. */
export interface MacroState {
  readonly mayBeUndefined: boolean;
  /** What it may stand for: `null` is something that cannot be computed with; no list at all: anything. */
  readonly bodies: readonly (Bytes | null)[] | undefined;
  /** Known only as long as nothing more from outside was included than at this count. */
  readonly since?: number;
}

export const UNDEFINED: MacroState = { mayBeUndefined: true, bodies: [] };
export const ANYTHING: MacroState = { mayBeUndefined: true, bodies: undefined };
export const DEFINED: MacroState = { mayBeUndefined: false, bodies: undefined };

export interface MacroName {
  readonly text: Bytes;
  /** Before anything is said about it. */
  readonly initial: MacroState;
  /** Headers of the system may define it anew, whatever it was. */
  readonly isCommon: boolean;
  /** Belongs to the unit that is being read; `undefined` is as at first. */
  state: MacroState | undefined;
}

const names = new Map<string, MacroName>();

/** The one object for a name. */
export function macroNamed(text: string): MacroName {
  let found = names.get(text);
  if (found === undefined) {
    const own = detach(text);
    const isOwn = isNeverOutside(text);
    found = {
      text: own,
      initial: isOwn ? UNDEFINED : ANYTHING,
      isCommon: !isOwn && isCommon(text),
      state: undefined,
    };
    names.set(own, found);
  }
  return found;
}

/** A name that no text has. */
export function privateName(text: Bytes): MacroName {
  return { text, initial: UNDEFINED, isCommon: false, state: undefined };
}

/** Reserved ones, single words, and families of names that belong to C, POSIX and Linux. */
function isCommon(text: string): boolean {
  if (text === "NDEBUG") return false;
  return (
    /^_|^[^_]*$|^[A-Za-z0-9]{1,3}_/.test(text) ||
    /_(?:MAX|MIN|C|ENDIAN|ORDER|BIT|BITS|SIZE|WIDTH|DIG|VAL|LEN)$/.test(text) ||
    /^(?:U?INT\w*|CHAR|SCHAR|UCHAR|SHRT|USHRT|LONG|ULONG|LLONG|ULLONG|SIZE|SSIZE|PTRDIFF|WCHAR|WINT|EXIT|PTHREAD|CLOCK)_/.test(
      text,
    )
  );
}

const MOST_VALUES = 8;

/** What is there after one of two ways was taken. */
export function eitherState(a: MacroState, b: MacroState): MacroState {
  if (a === b) return a;
  const mayBeUndefined = a.mayBeUndefined || b.mayBeUndefined;
  if (a.bodies === undefined || b.bodies === undefined) return mayBeUndefined ? ANYTHING : DEFINED;
  const bodies = [...new Set([...a.bodies, ...b.bodies])];
  if (bodies.length > MOST_VALUES) return mayBeUndefined ? ANYTHING : DEFINED;
  const since = Math.min(a.since ?? Number.POSITIVE_INFINITY, b.since ?? Number.POSITIVE_INFINITY);
  return since === Number.POSITIVE_INFINITY ? { mayBeUndefined, bodies } : { mayBeUndefined, bodies, since };
}
