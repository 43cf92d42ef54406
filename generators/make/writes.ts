// Which files a recipe line writes, as far as its text tells: what make knows is one target.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { type ShellCommand, splitShell } from "../../graph/shell-words.ts";

/** Commands that only print, look or decide. */
const silent: ReadonlySet<string> = new Set(
  ": true false test [ echo printf exit cd set unset export shift return eval".split(" "),
);

export interface Writes {
  /** Nothing is written and nothing else is started: the line is for people, or decides about other lines. */
  readonly isSilent: boolean;
  /** The program that does the work; "" when there is none. */
  readonly program: Bytes;
}

/** What one line does. Paths go to `files`, absolute and canonical; those that it moves or removes are taken out. */
export function readWrites(command: Bytes, directory: Bytes, files: Set<Bytes>): Writes {
  let isSilent = true;
  let program = asBytes("");
  const outer: Bytes[] = [];
  let cwd = directory;
  for (const item of splitShell(command)) {
    if (item.kind === "open") outer.push(cwd);
    else if (item.kind === "close") cwd = outer.pop() ?? cwd;
    else {
      const at = (path: Bytes): Bytes =>
        canonicalizePath(asBytes(path.startsWith("/") ? path : `${cwd}/${path}`));
      const head = baseOf(item.words[0]?.text ?? asBytes(""));
      if (head === "cd" && item.words[1]?.isLiteral === true) cwd = at(item.words[1].text);
      for (const { operator, target } of item.redirects) {
        if (!operator.includes(">") || operator.endsWith("&") || target.text.startsWith("/dev/")) continue;
        isSilent = false;
        if (target.isLiteral) files.add(at(target.text));
      }
      if (head === "" || silent.has(head)) continue;
      isSilent = false;
      if (program === "") program = head;
      readCommand(head, item, at, files);
    }
  }
  return { isSilent, program };
}

function readCommand(
  head: Bytes,
  command: ShellCommand,
  at: (path: Bytes) => Bytes,
  files: Set<Bytes>,
): void {
  const words = command.words.slice(1).filter(({ isLiteral }) => isLiteral);
  const operands = words.map(({ text }) => text).filter((text) => text !== "" && !text.startsWith("-"));
  const last = operands.at(-1);
  const intoDirectory = words.some(({ text }) => /^(-t|--target-directory)/.test(text));
  switch (head as string) {
    case "mv":
    case "cp":
    case "ln":
    case "install":
      if (last === undefined || operands.length !== 2 || intoDirectory) return;
      if (head === "mv") files.delete(at(operands[0] ?? last));
      // A directory as the target is a path that no command made.
      if (!last.endsWith("/") && last !== ".") files.add(at(last));
      return;
    case "rm":
      for (const path of operands) files.delete(at(path));
      return;
    case "touch":
    case "tee":
      for (const path of operands) files.add(at(path));
      return;
    case "ar": {
      const archive = operands.find((text) => /\.a$/.test(text));
      if (archive !== undefined) files.add(at(archive));
      return;
    }
    default:
      readOutputs(command, at, files);
  }
}

/** `-o FILE`, as compilers, linkers and most generators have it. */
function readOutputs(command: ShellCommand, at: (path: Bytes) => Bytes, files: Set<Bytes>): void {
  const { words } = command;
  for (const [index, word] of words.entries()) {
    if (!word.isLiteral || !word.text.startsWith("-o")) continue;
    const target = word.text === "-o" ? words[index + 1] : { ...word, text: asBytes(word.text.slice(2)) };
    // `-o` of another meaning: an option with a value, or nothing behind it.
    if (target === undefined || !target.isLiteral || target.text.startsWith("-") || target.text === "")
      continue;
    if (word.text !== "-o" && !/[./]/.test(target.text)) continue;
    files.add(at(target.text));
    return;
  }
}

export function baseOf(path: Bytes): Bytes {
  return asBytes(path.slice(path.lastIndexOf("/") + 1));
}
