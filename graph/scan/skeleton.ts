// The skeleton of a source file: the lines a planner, or a configure step that looks into headers, can see. A
// comment or a function body edit leaves it the same, so what is made from it is not even run again.

import { asBytes, type Bytes, compareBytes } from "../bytes.ts";
import { directiveLines, startsWithKeyword } from "./directive-lines.ts";
import { findEmbedded } from "./embedded.ts";
import { findIntroducers, readLogicalLine } from "./logical-line.ts";
import { findModuleLines } from "./modules.ts";
import { baseOf, suffixOf } from "./path.ts";
import { markOf, realLines } from "./real-lines.ts";
import { parseTablegen } from "./tablegen.ts";

const C_FAMILY: ReadonlySet<string> = new Set(
  (
    "c cc cp cxx cpp CPP c++ C h hh H hp hxx hpp HPP h++ inc inl ipp tcc txx tpp def m M mm mi mii i ii " +
    "S s sx spp cppm cxxm c++m ccm ixx mpp cu cuh hip cl ino"
  ).split(" "),
);

const ASSEMBLER: ReadonlySet<string> = new Set(["s", "S", "sx", "spp"]);

const TABLEGEN = "td";

/**
 * Keeps preprocessor lines with their continuations, module lines, and `.incbin` and `.include` with their
 * operands, in order; other files are returned as they are. A comment that runs over several lines inside a kept
 * line becomes an empty one. `parseDirectives` finds the same in the skeleton as in the file. Of TableGen's files their
 * own includes are kept, too.
 *
 * `words`: a global expression; what matches it anywhere in the file stays visible, in a comment at the end where a
 * body was the only place. Kbuild rebuilds by the CONFIG_ words of a file, wherever they stand.
 */
export function skeletonOf(path: Bytes, contents: Bytes, words?: RegExp): Bytes {
  const suffix = suffixOf(baseOf(path));
  if (!C_FAMILY.has(suffix) && suffix !== TABLEGEN) return contents;
  const reduced = reduce(contents, ASSEMBLER.has(suffix));
  const skeleton =
    suffix === TABLEGEN ? asBytes(reduced + includesOf(contents)) : withDoubts(reduced, contents);
  if (words === undefined) return skeleton === contents ? contents : skeleton;
  const kept = wordsIn(contents, words);
  return kept.length === 0 || sameWords(kept, wordsIn(skeleton, words))
    ? skeleton
    : asBytes(`${skeleton}/* ${kept.join(" ")} */\n`);
}

function includesOf(contents: Bytes): Bytes {
  const { references } = parseTablegen(contents);
  return asBytes(references.map(({ name }) => `include "${name}"\n`).join(""));
}

/** Comments and literals are not in a skeleton: which lines they made no directives of is said in their place. */
function withDoubts(skeleton: Bytes, contents: Bytes): Bytes {
  if (skeleton === contents) return skeleton;
  const mark = markOf(realOf(contents), realOf(skeleton));
  return mark === "" ? skeleton : asBytes(skeleton + mark);
}

function realOf(contents: Bytes): readonly boolean[] | undefined {
  return realLines(contents, directiveLines(contents, findIntroducers(contents)));
}

/** What matches `words`, a global expression, each once, sorted. */
export function wordsIn(text: Bytes, words: RegExp): readonly Bytes[] {
  return [...new Set(text.match(words) ?? [])].map(asBytes).sort(compareBytes);
}

function sameWords(a: readonly Bytes[], b: readonly Bytes[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

interface Candidate {
  readonly start: number;
  /** For a piece that is not a logical line: where it ends. */
  readonly end: number | undefined;
}

function reduce(text: Bytes, isAssembler: boolean): Bytes {
  const parts: string[] = [];
  // Of what was kept last: up to where, and which insides of comments in it were left out.
  let keptTo = 0;
  let holes: { readonly start: number; readonly end: number }[] = [];
  for (const { start, end } of findCandidates(text, isAssembler)) {
    while ((holes[0]?.end ?? start + 1) <= start) holes.shift();
    if (start < keptTo && !holes.some((hole) => start >= hole.start && start < hole.end)) continue;
    if (start >= keptTo) holes = [];
    const from = Math.max(indentStart(text, start), 0);
    if (end !== undefined) {
      parts.push(text.slice(from, end), "\n");
      keptTo = Math.max(keptTo, end);
      continue;
    }
    const line = readLogicalLine(text, start);
    let at = from;
    for (const hole of line.holes) {
      parts.push(text.slice(at, hole.start));
      at = hole.end;
      // A comment without an end: close it, for the lines after it in the skeleton.
      if (at >= line.end) parts.push("*/");
    }
    // A backslash at the end of the file must not take in the next line of the skeleton.
    const rest = text.slice(at, line.end).replace(/(?:\\|\?\?\/)[ \t\v\f\r]*$/, "");
    parts.push(rest);
    if (!rest.endsWith("\n")) parts.push("\n");
    keptTo = Math.max(keptTo, line.end);
    holes.push(...line.holes);
  }
  return asBytes(parts.join(""));
}

function findCandidates(text: Bytes, isAssembler: boolean): readonly Candidate[] {
  const found: Candidate[] = [];
  const introducers = findIntroducers(text);
  for (const start of introducers) {
    // In an assembler file `#` also starts comments.
    if (!isAssembler || startsWithKeyword(text, start)) found.push({ start, end: undefined });
  }
  const lines = found.length;
  for (const { start } of findModuleLines(text)) found.push({ start, end: undefined });
  for (const { start, end } of findEmbedded(text, introducers)) found.push({ start, end });
  return found.length === lines ? found : found.sort((a, b) => a.start - b.start);
}

/** Back over the blanks in front; text before them (the end of a comment) is not kept. */
function indentStart(text: Bytes, at: number): number {
  let i = at;
  while (i > 0 && (text.charCodeAt(i - 1) === 32 || text.charCodeAt(i - 1) === 9)) i--;
  return i === 0 || text.charCodeAt(i - 1) === 10 ? i : at;
}
