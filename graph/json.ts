// JSON text as a tree in which every value knows its place, so that whatever is wrong with it later can be shown.
// RFC 8259, and stricter where two readers could disagree: a name stands once in an object, a text is UTF-8.

import { asBytes, type Bytes, fromText, quoted } from "./bytes.ts";
import { fail, type Span } from "./diagnostic.ts";

export type JsonNode = JsonArray | JsonNumber | JsonObject | JsonText | JsonWord;

interface Placed {
  /** Byte offsets into the text, end exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface JsonObject extends Placed {
  readonly kind: "object";
  /** In the order in which they are written. */
  readonly members: ReadonlyMap<Bytes, JsonMember>;
}

export interface JsonMember {
  /** The name, with its quotes. */
  readonly name: Placed;
  readonly value: JsonNode;
}

export interface JsonArray extends Placed {
  readonly kind: "array";
  readonly items: readonly JsonNode[];
}

export interface JsonText extends Placed {
  readonly kind: "string";
  /** UTF-8. */
  readonly text: Bytes;
}

export interface JsonNumber extends Placed {
  readonly kind: "number";
  readonly value: number;
}

export interface JsonWord extends Placed {
  readonly kind: "true" | "false" | "null";
}

/** Far more than a build graph needs, and far less than a stack holds. */
const maxDepth = 64;

/** @throws InputError with the first thing that is wrong */
export function parseJson(text: Bytes, file: Bytes): JsonNode {
  const parser = new Parser(text, file);
  const value = parser.value(0);
  parser.end();
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

const blank = /[ \t\r\n]*/y;
const plain = /[^"\\\x00-\x1f]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const hex = /[0-9a-fA-F]{4}/y;

class Parser {
  readonly #text: Bytes;
  readonly #file: Bytes;
  #at = 0;

  constructor(text: Bytes, file: Bytes) {
    this.#text = text;
    this.#file = file;
  }

  value(depth: number): JsonNode {
    if (depth > maxDepth) this.#fail(`values are nested more than ${maxDepth} deep`, "make it flatter");
    this.#take(blank);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true");
      case "f":
        return this.#word("false");
      case "n":
        return this.#word("null");
      default: {
        const start = this.#at;
        const digits = this.#take(number);
        if (digits === "") this.#failExpected("a value");
        return { kind: "number", value: Number(digits), start, end: this.#at };
      }
    }
  }

  end(): void {
    this.#take(blank);
    if (this.#at < this.#text.length) this.#fail("something follows the value", "a file holds one value");
  }

  #object(depth: number): JsonObject {
    const start = this.#at++;
    const members = new Map<Bytes, JsonMember>();
    this.#take(blank);
    if (this.#text[this.#at] === "}") return { kind: "object", members, start, end: ++this.#at };
    for (;;) {
      this.#take(blank);
      if (this.#text[this.#at] !== '"') this.#failExpected("a name in double quotes");
      const name = this.#string();
      if (members.has(name.text)) this.#failRepeated(name);
      this.#take(blank);
      if (this.#text[this.#at] !== ":") this.#failExpected('":"');
      this.#at++;
      members.set(name.text, { name, value: this.value(depth + 1) });
      if (this.#isLast("}")) return { kind: "object", members, start, end: this.#at };
    }
  }

  #array(depth: number): JsonArray {
    const start = this.#at++;
    const items: JsonNode[] = [];
    this.#take(blank);
    if (this.#text[this.#at] === "]") return { kind: "array", items, start, end: ++this.#at };
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#isLast("]")) return { kind: "array", items, start, end: this.#at };
    }
  }

  /** Behind a member: at the closing bracket, or past a comma. */
  #isLast(bracket: string): boolean {
    this.#take(blank);
    const c = this.#text[this.#at];
    if (c !== bracket && c !== ",") this.#failExpected(`"," or "${bracket}"`);
    this.#at++;
    return c === bracket;
  }

  #string(): JsonText {
    const start = this.#at++;
    let text = "";
    for (;;) {
      const from = this.#at;
      const run = this.#take(plain);
      if (!isUtf8(run)) this.#fail("the text is not UTF-8", "JSON is UTF-8", from, this.#at);
      text += run;
      const c = this.#text[this.#at];
      if (c === '"') return { kind: "string", text: asBytes(text), start, end: ++this.#at };
      if (c === "\\") text += this.#escape();
      else if (c === undefined) this.#fail("the text has no end", 'close it with "', start, start + 1);
      else this.#fail("a control character stands in a text", "write it as \\u followed by its number");
    }
  }

  #escape(): Bytes {
    const start = this.#at++;
    const c = this.#text[this.#at] ?? "";
    if (c !== "u") {
      const meant = escapes.get(c);
      if (meant === undefined) this.#failEscape(start);
      this.#at++;
      return asBytes(meant);
    }
    const unit = this.#unit(start);
    if (unit < 0xd800 || unit > 0xdfff) return fromText(String.fromCharCode(unit));
    // Half of a pair means nothing by itself.
    if (unit > 0xdbff || !this.#text.startsWith("\\u", this.#at)) this.#failEscape(start);
    this.#at++;
    const low = this.#unit(start);
    if (low < 0xdc00 || low > 0xdfff) this.#failEscape(start);
    return fromText(String.fromCharCode(unit, low));
  }

  /** At the `u`; goes past its digits. */
  #unit(start: number): number {
    this.#at++;
    const digits = this.#take(hex);
    if (digits === "") this.#failEscape(start);
    return Number.parseInt(digits, 16);
  }

  #word(kind: "true" | "false" | "null"): JsonWord {
    const start = this.#at;
    if (!this.#text.startsWith(kind, start)) this.#failExpected("a value");
    this.#at += kind.length;
    return { kind, start, end: this.#at };
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #failRepeated(name: JsonText): never {
    const { start, end } = name;
    return this.#fail(`${quoted(name.text)} stands in this object twice`, "keep one", start, end);
  }

  #failEscape(start: number): never {
    const hint = 'after \\ comes one of " \\ / b f n r t, or u and four hexadecimal digits';
    return this.#fail("this escape means nothing", hint, start, this.#at + 1);
  }

  #failExpected(what: string): never {
    if (this.#at >= this.#text.length) {
      const end = this.#text.length;
      return this.#fail(`the file ends where ${what} is expected`, "it may have been cut off", end, end);
    }
    const hint =
      this.#text[this.#at] === "}" || this.#text[this.#at] === "]"
        ? "JSON has no comma after the last value"
        : "the file must be JSON";
    return this.#fail(`${what} is expected`, hint);
  }

  #fail(message: string, hint: string, start: number = this.#at, end: number = start + 1): never {
    const at: Span = { file: this.#file, start, end };
    return fail({ code: "json/syntax", message, at, hint });
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isUtf8(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 0x80) continue;
    try {
      decoder.decode(Buffer.from(text, "latin1"));
      return true;
    } catch {
      return false;
    }
  }
  return true;
}
