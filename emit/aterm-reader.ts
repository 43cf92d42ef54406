// Reads the text of a .drv file, as tolerantly as Nix 2.34: lists in any order, raw newlines, needless escapes, any
// text after the end; and as strictly: no blanks between tokens. Any bytes give a derivation or an InputError that says where.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { dynamicVersion, structuredAttrsName } from "./aterm.ts";
import type { Derivation, InputNode, Output } from "./derivation.ts";
import { hashSize, isHashAlgo } from "./hash.ts";
import type { JsonObject } from "./json.ts";
import { parseJson } from "./json-reader.ts";
import { type IngestMethod, nameProblem, nixStoreDir, storePathProblem } from "./store-path.ts";

/** Deeper than anyone nests outputs of outputs; keeps the reader from running out of stack. */
const maxDepth = 256;

export interface ParseDerivationOptions {
  readonly storeDir?: Bytes;
  /** Names the text in errors; the derivation's own file name unless given. */
  readonly file?: Bytes;
}

/** `name` is the derivation's, without ".drv": the text does not hold it. */
export function parseDerivation(text: Bytes, name: Bytes, options: ParseDerivationOptions = {}): Derivation {
  const file = options.file ?? asBytes(`${name}.drv`);
  return readDerivation(new Reader(text, file, options.storeDir ?? nixStoreDir), name);
}

function readDerivation(reader: Reader, name: Bytes): Derivation {
  const isDynamic = reader.skip("DrvWithVersion(");
  if (isDynamic) {
    const version = reader.string();
    if (version !== dynamicVersion) reader.fail(`there is no derivation version "${toText(version)}"`);
    reader.expect(",");
  } else {
    reader.expect("Derive(");
  }
  const outputs = new Map<Bytes, Output>();
  reader.list(() => {
    const [output, value] = readOutput(reader);
    // Nix keeps the first of two.
    if (!outputs.has(output)) outputs.set(output, value);
  });
  if (outputs.size === 0) reader.fail("it has no output");
  reader.expect(",");
  const inputDrvs = new Map<Bytes, InputNode>();
  reader.list(() => {
    reader.expect("(");
    const path = reader.storePath();
    reader.expect(",");
    inputDrvs.set(path, readNode(reader, isDynamic, 0));
    reader.expect(")");
  });
  reader.expect(",");
  const inputSrcs = new Set<Bytes>();
  reader.list(() => inputSrcs.add(reader.storePath()));
  reader.expect(",");
  const system = reader.string();
  reader.expect(",");
  const builder = reader.string();
  reader.expect(",");
  const args: Bytes[] = [];
  reader.list(() => args.push(reader.string()));
  reader.expect(",");
  const env = new Map<Bytes, Bytes>();
  let structuredAttrs: JsonObject | undefined;
  reader.list(() => {
    reader.expect("(");
    const key = reader.string();
    reader.expect(",");
    const at = reader.at;
    const value = reader.string();
    reader.expect(")");
    if (key === structuredAttrsName) structuredAttrs = readStructuredAttrs(reader, value, at);
    else env.set(key, value);
  });
  // What follows is not looked at, as Nix does not.
  reader.expect(")");
  const plain = { name, outputs, inputDrvs, inputSrcs: [...inputSrcs], system, builder, args, env };
  return structuredAttrs === undefined ? plain : { ...plain, structuredAttrs };
}

function readOutput(reader: Reader): readonly [Bytes, Output] {
  reader.expect("(");
  const at = reader.at;
  const name = reader.string();
  if (nameProblem(name) !== undefined) reader.fail(`"${toText(name)}" cannot name an output`, at);
  reader.expect(",");
  const pathAt = reader.at;
  const path = reader.string();
  reader.expect(",");
  const methodAt = reader.at;
  const methodAlgo = reader.string();
  reader.expect(",");
  const hashAt = reader.at;
  const hash = reader.string();
  reader.expect(")");
  if (methodAlgo === "") {
    if (hash !== "") reader.fail("an output has a hash and no algorithm", hashAt);
    if (path === "") return [name, { kind: "deferred" }];
    reader.checkStorePath(path, pathAt);
    return [name, { kind: "inputAddressed", path }];
  }
  const cut = methodAlgo.lastIndexOf(":") + 1;
  const method = methods.get(methodAlgo.slice(0, cut));
  const algo = methodAlgo.slice(cut);
  if (method === undefined || !isHashAlgo(algo))
    reader.fail(`there is no method "${toText(methodAlgo)}"`, methodAt);
  if (hash === "" || hash === "impure") {
    if (path !== "") reader.fail("an output has a path, a method and no hash", pathAt);
    return [name, { kind: hash === "" ? "floating" : "impure", method, algo }];
  }
  reader.checkStorePath(path, pathAt);
  if (!/^[0-9a-fA-F]*$/.test(hash) || hash.length !== 2 * hashSize(algo))
    reader.fail("a hash is not hex", hashAt);
  return [name, { kind: "fixed", method, algo, hex: asBytes(hash.toLowerCase()) }];
}

const methods: ReadonlyMap<string, IngestMethod> = new Map<string, IngestMethod>([
  ["", "flat"],
  ["git:", "git"],
  ["r:", "nar"],
  ["text:", "text"],
]);

function readNode(reader: Reader, isDynamic: boolean, depth: number): InputNode {
  if (depth > maxDepth) reader.fail(`inputs are nested more than ${maxDepth} deep`);
  const outputs = new Set<Bytes>();
  const dynamic = new Map<Bytes, InputNode>();
  const hasChildren = isDynamic && reader.skip("(");
  reader.list(() => outputs.add(reader.string()));
  if (hasChildren) {
    reader.expect(",");
    reader.list(() => {
      reader.expect("(");
      const output = reader.string();
      reader.expect(",");
      dynamic.set(output, readNode(reader, isDynamic, depth + 1));
      reader.expect(")");
    });
    reader.expect(")");
  }
  return { outputs: [...outputs], dynamic };
}

function readStructuredAttrs(reader: Reader, value: Bytes, at: number): JsonObject {
  const json = parseJson(value, reader.file, at);
  if (!(json instanceof Map)) reader.fail('the value of "__json" is not an object', at);
  return json;
}

class Reader {
  readonly file: Bytes;
  at = 0;
  readonly #text: Bytes;
  readonly #storeDir: Bytes;

  constructor(text: Bytes, file: Bytes, storeDir: Bytes) {
    this.#text = text;
    this.file = file;
    this.#storeDir = storeDir;
  }

  skip(token: string): boolean {
    if (!this.#text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (this.skip(token)) return;
    const found = this.#text[this.at];
    const named = found === undefined ? "the end" : `"${toText(asBytes(found))}"`;
    this.fail(`${named} stands where '${token}' is wanted`);
  }

  /** Calls `item` at each item. As Nix reads lists: a comma before the first item, or none between two, is taken. */
  list(item: () => void): void {
    this.expect("[");
    for (;;) {
      if (this.skip("]")) return;
      this.skip(",");
      item();
    }
  }

  string(): Bytes {
    this.expect('"');
    const text = this.#text;
    const start = this.at;
    let end = start;
    while (end < text.length && !isQuoteOrBackslash(text.charCodeAt(end))) end++;
    if (text[end] === '"') {
      this.at = end + 1;
      return asBytes(text.slice(start, end));
    }
    return this.#escapedString(start, end);
  }

  #escapedString(start: number, firstSpecial: number): Bytes {
    const text = this.#text;
    let value = text.slice(start, firstSpecial);
    let from = firstSpecial;
    for (let i = firstSpecial; i < text.length; ) {
      const char = text[i];
      if (char === '"') {
        this.at = i + 1;
        return asBytes(value + text.slice(from, i));
      }
      if (char !== "\\") {
        i++;
        continue;
      }
      const escaped = text[i + 1] ?? "";
      value += text.slice(from, i) + (escapes.get(escaped) ?? escaped);
      i += 2;
      from = i;
    }
    return this.fail("a string does not end", start - 1);
  }

  storePath(): Bytes {
    const at = this.at;
    const path = this.string();
    this.checkStorePath(path, at);
    return path;
  }

  checkStorePath(path: Bytes, at: number): void {
    const problem = storePathProblem(path, this.#storeDir);
    if (problem !== undefined) this.fail(`"${toText(path)}" is not a store path: ${problem}`, at);
  }

  fail(why: string, at: number = this.at): never {
    return fail({
      code: "store/bad-derivation",
      message: `not a derivation: ${why}`,
      at: { file: this.file, start: at, end: Math.min(this.#text.length, at + 1) },
      hint: "make it again, as `nix derivation add` writes it",
    });
  }
}

function isQuoteOrBackslash(code: number): boolean {
  return code === 0x22 || code === 0x5c;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
