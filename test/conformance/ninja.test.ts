// Ninja's own behaviour, case by case: what its library made of each input. The cases live outside this
// repository, in the folder UNRAVEL_CONFORMANCE names or beside the checkout.

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { applyDyndep } from "../../generators/ninja/dyndep.ts";
import { parseDyndep } from "../../generators/ninja/dyndep-parser.ts";
import { ninjaText } from "../../generators/ninja/error.ts";
import { factsOf } from "../../generators/ninja/facts.ts";
import { type PieceSink, TOKEN_NAMES, Token } from "../../generators/ninja/lexer.ts";
import { loadNinja, type NinjaManifest } from "../../generators/ninja/load.ts";
import { Reader } from "../../generators/ninja/reader.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { parseDepfile } from "../../graph/depfile.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { shellQuote } from "../../graph/shell-quote.ts";

/** A string as the cases write it: UTF-8 text, or base64 of bytes that are none. */
type Text = string | { readonly base64: string };

interface Case {
  readonly id: string;
  readonly name: string;
  readonly files: Readonly<Record<string, Text>>;
  readonly input: Text;
  readonly output: Text;
  readonly expect?: string;
  readonly options?: { readonly phonycycle?: string };
  readonly facts: Record<string, unknown>;
  readonly mode?: string;
  readonly required_version?: string;
  readonly dyndep: { readonly mode: string; readonly file: string };
  readonly idents?: readonly string[];
  readonly then_value?: string;
  readonly tokens?: readonly string[];
  readonly describe_last_error?: string;
}

const named = process.env["UNRAVEL_CONFORMANCE"];
const folder = resolve(import.meta.dirname, "../..", named ?? "../shared/conformance");
const KINDS = ["manifest", "lexer", "evalstring", "canonicalize", "shellquote", "depfile", "dyndep"] as const;
/** How many cases the folder is known to have, for the message when it is not there. */
const KNOWN_CASES = 629;

if (!existsSync(folder)) {
  it(`conformance folder absent: ${KNOWN_CASES} cases not run`, () => {
    expect(named, `UNRAVEL_CONFORMANCE names a folder that does not exist: ${folder}`).toBeUndefined();
  });
} else {
  for (const kind of KINDS) {
    const { cases } = JSON.parse(readFileSync(resolve(folder, `${kind}.json`), "utf8")) as { cases: Case[] };
    describe(`ninja's ${kind} cases`, () => {
      it("are there", () => expect(cases.length).toBeGreaterThan(0));
      for (const c of cases) it(`${c.id} ${c.name}`, () => RUN[kind](c));
    });
  }
}

const RUN: Readonly<Record<(typeof KINDS)[number], (c: Case) => void>> = {
  manifest(c) {
    const outcome = attempt(() => factsJson(load(c)));
    // Ninja crashes on these; we do what it meant to, and say so.
    const wanted = c.expect?.startsWith("crash") === true ? { warnings: c.facts["warnings"] } : c.facts;
    expect(outcome).toMatchObject(wanted);
    if (wanted === c.facts) expect(outcome).toEqual(c.facts);
  },
  dyndep(c) {
    const outcome = attempt(() => {
      const manifest = load(c);
      const name = fromText(c.dyndep.file);
      if (c.dyndep.mode === "dyndep-load") return factsJson(applyDyndep(manifest, name, reader(c)));
      const entries = parseDyndep(name, bytesOf(c.files[c.dyndep.file] as Text), manifest);
      return { entries: entries.map((entry) => entryFacts(manifest, entry)) };
    });
    expect(outcome).toEqual(c.facts);
  },
  depfile(c) {
    const outcome = attempt(() => {
      const { outputs, inputs } = parseDepfile(bytesOf(c.input));
      return { outs: outputs.map(textOf), ins: inputs.map(textOf) };
    });
    expect(outcome).toEqual(c.facts);
  },
  canonicalize(c) {
    expect(textOf(canonicalizePath(bytesOf(c.input)))).toEqual(c.output);
  },
  shellquote(c) {
    // An output that is no UTF-8 came from an input with one byte per character.
    const input = typeof c.output === "string" ? bytesOf(c.input) : asBytes(c.input as string);
    expect(textOf(shellQuote(input))).toEqual(c.output);
  },
  evalstring(c) {
    const outcome = attempt(() => {
      const input = toBuffer(bytesOf(c.input));
      const [major = 0, minor = 0] = (c.required_version ?? "0.0").split(".").map(Number);
      const lexer = new Reader(asBytes("input"), input, { major, minor, allowsNewlineEscape: false });
      const { sink, serialized } = serializer();
      lexer.expectPieces(c.mode === "path", sink);
      return { serialized: serialized(), rest: textOf(fromBuffer(input.subarray(lexer.offset))) };
    });
    expect(outcome).toEqual(c.facts);
  },
  lexer(c) {
    const version = { major: 0, minor: 0, allowsNewlineEscape: false };
    const lexer = new Reader(asBytes("input"), toBuffer(bytesOf(c.input)), version);
    for (const ident of c.idents ?? []) {
      expect(lexer.readName()).toBe(true);
      expect(lexer.name()).toBe(ident);
    }
    if (c.then_value !== undefined) {
      // Names of a value's variables are read from wherever the identifiers ended.
      const { sink, serialized } = serializer();
      lexer.expectPieces(false, sink);
      expect(serialized()).toBe(c.then_value);
    }
    for (const token of c.tokens ?? []) expect(tokenName(lexer.readToken())).toBe(token);
    if (c.describe_last_error !== undefined) {
      const outcome = attempt(() => lexer.complainOfToken(Token.error));
      expect(outcome).toEqual({ error: expect.stringContaining(c.describe_last_error) });
    }
  },
};

function load(c: Case): NinjaManifest {
  const phonyCycle = c.options?.phonycycle === "err" ? "error" : "warn";
  return loadNinja(asBytes("build.ninja"), { readFile: reader(c), phonyCycle });
}

function reader(c: Case): (path: Bytes) => Bytes | { readonly reason: string } | undefined {
  const files = new Map(Object.entries(c.files).map(([name, text]) => [fromText(name), bytesOf(text)]));
  return (path) => {
    const content = files.get(path);
    if (content !== undefined) return content;
    const isDirectory = [...files.keys()].some((name) => name.startsWith(`${path}/`));
    return isDirectory ? { reason: "Is a directory" } : undefined;
  };
}

/** The value, or what ninja would print instead. */
function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { error: textOf(ninjaText(error.diagnostics[0] as InputError["diagnostics"][number])) };
  }
}

function factsJson(manifest: NinjaManifest): unknown {
  return JSON.parse([...factsOf(manifest)].join(""));
}

function entryFacts(manifest: NinjaManifest, entry: ReturnType<typeof parseDyndep>[number]): unknown {
  return {
    edge_out: textOf(manifest.files[entry.step.outputs[0] as number] as Bytes),
    restat: entry.restat,
    implicit_ins: entry.implicitInputs.map(textOf),
    implicit_outs: entry.implicitOutputs.map(textOf),
  };
}

/** `[text][$variable]`, as ninja's tests print an EvalString. */
function serializer(): { sink: PieceSink; serialized: () => Text } {
  const pieces: { text: string; isVariable: boolean }[] = [];
  const add = (text: string) => {
    const last = pieces.at(-1);
    if (last === undefined || last.isVariable) pieces.push({ text, isVariable: false });
    else last.text += text;
  };
  const slice = (bytes: Uint8Array, start: number, end: number) => fromBuffer(bytes.subarray(start, end));
  return {
    sink: {
      text: (bytes, start, end) => add(slice(bytes, start, end)),
      byte: (value) => add(String.fromCharCode(value)),
      variable: (bytes, start, end) => pieces.push({ text: slice(bytes, start, end), isVariable: true }),
    },
    serialized: () => textOf(asBytes(pieces.map((p) => `[${p.isVariable ? "$" : ""}${p.text}]`).join(""))),
  };
}

function tokenName(token: Token): string {
  return token === Token.error ? "ERROR" : (TOKEN_NAMES[token] as string).replaceAll("'", "").toUpperCase();
}

function bytesOf(text: Text): Bytes {
  return typeof text === "string" ? fromText(text) : fromBuffer(Buffer.from(text.base64, "base64"));
}

function textOf(bytes: Bytes): Text {
  const buffer = toBuffer(bytes);
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer) ? text : { base64: buffer.toString("base64") };
}
