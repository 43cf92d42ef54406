// Paths that a command line names. A command declares less than it reads; what it names and the tree has is
// taken as an input.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/**
 * Every piece of the text that could be a path, absolute, in order: words, and the parts of words around `=`,
 * `,` and `:`. `cd DIR` changes what later words are relative to, until its subshell ends.
 */
export function namedPaths(command: Bytes, directory: Bytes): readonly Bytes[] {
  const paths = new Set<Bytes>();
  let cwd: string = directory;
  const outer: string[] = [];
  let afterCd = false;
  const add = (piece: string): void => {
    if (piece === "" || piece.length > 4096) return;
    paths.add(asBytes(piece.startsWith("/") ? piece : `${cwd}/${piece}`));
  };
  for (const { word, isOperator } of words(command)) {
    if (isOperator) {
      if (word === "(") outer.push(cwd);
      else cwd = outer.pop() ?? cwd;
      continue;
    }
    if (afterCd) {
      cwd = word.startsWith("/") ? word : `${cwd}/${word}`;
      // It has to be there, even if nothing in it is read.
      paths.add(asBytes(cwd));
      afterCd = false;
      continue;
    }
    if (word === "cd") afterCd = true;
    add(word);
    for (const piece of word.split(/[=,:@]/)) if (piece !== word) add(piece);
    const flag = /^-[A-Za-z](.+)$/.exec(word)?.[1];
    if (flag !== undefined) add(flag);
  }
  return [...paths];
}

/** More than one command: what stands beside a compiler may read what no scan of sources finds. */
export function hasSeveralCommands(command: Bytes): boolean {
  const unquoted = command.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs, "");
  return /[;|\n]|(?:^|[^>])&/.test(unquoted);
}

/** A program of the tree, or a shell, in front of the command: it is read, too (`./libtool --mode=compile cc …`). */
export function hasLauncher(command: Bytes): boolean {
  return /^\s*(?:(?:\S*\/)?(?:ba|da|k)?sh\s|[\w.+-]+\/)/.test(command);
}

interface Word {
  readonly word: string;
  /** A parenthesis that is not quoted. */
  readonly isOperator: boolean;
}

/** Shell words without expansion: quotes and backslashes removed, operators end a word; parentheses are kept. */
function* words(command: string): Generator<Word> {
  let word = "";
  let open = false;
  let quote = "";
  for (let i = 0; i < command.length; i++) {
    const c = command.charAt(i);
    if (quote === "'") {
      if (c === "'") quote = "";
      else word += c;
    } else if (c === "\\" && i + 1 < command.length) {
      word += command.charAt(++i);
      open = true;
    } else if (quote === '"') {
      if (c === '"') quote = "";
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      open = true;
    } else if (" \t\n;&|<>()".includes(c)) {
      if (open) yield { word, isOperator: false };
      if (c === "(" || c === ")") yield { word: c, isOperator: true };
      word = "";
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (open) yield { word, isOperator: false };
}
