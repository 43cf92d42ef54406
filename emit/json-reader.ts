// Reads JSON bytes into `JsonValue`, keeping what printing needs: 1.0 stays a float, 64-bit integers stay exact. As
// nlohmann::json: strict syntax, the last of two equal keys counts. Depth is bounded; errors are located.

import { asBytes, type Bytes, fromText, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { isUtf8Bytes, type JsonArray, type JsonObject, type JsonValue } from "./json.ts";

const maxDepth = 512;

/** `file` names the text in errors; `offset` is where in that file it starts. */
export function parseJson(text: Bytes, file: Bytes = asBytes("json"), offset = 0): JsonValue {
  const reader = new Reader(text, file, offset);
  const value = reader.value(0);
  reader.end();
  return value;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const blank = /[ \t\r\n]*/y;
const plain = /[^"\\\x00-\x1f]*/y;

class Reader {
  readonly #text: Bytes;
  readonly #file: Bytes;
  readonly #offset: number;
  #at = 0;

  constructor(text: Bytes, file: Bytes, offset: number) {
    this.#text = text;
    this.#file = file;
    this.#offset = offset;
  }

  value(depth: number): JsonValue {
    if (depth > maxDepth) this.#fail(`it is nested more than ${maxDepth} deep`);
    this.#take(blank);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#take(blank);
    if (this.#at < this.#text.length) this.#fail("something follows the value");
  }

  #object(depth: number): JsonObject {
    const entries = new Map<Bytes, JsonValue>();
    this.#at++;
    this.#take(blank);
    if (this.#skip("}")) return entries;
    do {
      this.#take(blank);
      if (this.#text[this.#at] !== '"') this.#fail("a key is wanted here");
      const key = this.#string();
      this.#take(blank);
      if (!this.#skip(":")) this.#fail('":" is wanted here');
      entries.set(key, this.value(depth + 1));
      this.#take(blank);
    } while (this.#skip(","));
    if (!this.#skip("}")) this.#fail('"," or "}" is wanted here');
    return entries;
  }

  #array(depth: number): JsonArray {
    const values: JsonValue[] = [];
    this.#at++;
    this.#take(blank);
    if (this.#skip("]")) return values;
    do {
      values.push(this.value(depth + 1));
      this.#take(blank);
    } while (this.#skip(","));
    if (!this.#skip("]")) this.#fail('"," or "]" is wanted here');
    return values;
  }

  #string(): Bytes {
    const start = this.#at;
    this.#at++;
    let text = this.#take(plain);
    while (!this.#skip('"')) {
      if (!this.#skip("\\")) this.#fail("a text does not end, or holds a control character");
      text += this.#skip("u") ? this.#unicode() : this.#escape();
      text += this.#take(plain);
    }
    const bytes = asBytes(text);
    if (!isUtf8Bytes(bytes)) {
      this.#at = start;
      this.#fail("a text is not UTF-8");
    }
    return bytes;
  }

  #escape(): string {
    const char = escapes.get(this.#text[this.#at] ?? "");
    if (char === undefined) this.#fail("there is no such escape");
    this.#at++;
    return char;
  }

  #unicode(): Bytes {
    const high = this.#hex();
    if (high < 0xd800 || high > 0xdfff) return fromText(String.fromCharCode(high));
    if (high > 0xdbff || !this.#skip("\\") || !this.#skip("u"))
      this.#fail("half of a surrogate pair is missing");
    const low = this.#hex();
    if (low < 0xdc00 || low > 0xdfff) this.#fail("half of a surrogate pair is missing");
    return fromText(String.fromCharCode(high, low));
  }

  #hex(): number {
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail("four hex digits are wanted here");
    this.#at += 4;
    return Number.parseInt(digits, 16);
  }

  #number(): JsonValue {
    number.lastIndex = this.#at;
    const found = number.exec(this.#text);
    if (found === null) this.#fail("a value is wanted here");
    const [text, fraction, exponent] = found;
    if (fraction !== undefined || exponent !== undefined) return this.#float(text);
    const value = Number(text);
    this.#at += text.length;
    // nlohmann reads "-0" as the integer 0.
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
    const exact = BigInt(text);
    if (exact >= -(2n ** 63n) && exact < 2n ** 64n) return exact;
    return { float: value };
  }

  #float(text: string): JsonValue {
    const float = Number(text);
    if (!Number.isFinite(float)) this.#fail(`"${text}" is too large for a number`);
    this.#at += text.length;
    return { float };
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) this.#fail("a value is wanted here");
    this.#at += word.length;
    return value;
  }

  #skip(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += text.length;
    return text;
  }

  #fail(why: string): never {
    const start = this.#offset + this.#at;
    return fail({
      code: "store/bad-json",
      message: `not JSON: ${toText(asBytes(why))}`,
      at: { file: this.#file, start, end: start + 1 },
    });
  }
}
