// Statements of a manifest (ninja: `ManifestParser`), all but `build`.

import { type Bytes, fromBuffer, toBuffer, toText } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { BuildStatements } from "./build-statement.ts";
import { listNames, type NinjaDiagnostic, refuse } from "./error.ts";
import { Expander } from "./expand.ts";
import { IntVector } from "./int-vector.ts";
import { NEWLINE, type RequiredVersion, TAB, Token, VALUE_CLASS } from "./lexer.ts";
import { PieceList } from "./piece-list.ts";
import { EMPTY_PATH, Reader } from "./reader.ts";
import { EMPTY_VALUE, isRuleKey, NAME, type Pieces, type Rule, Scope, Store } from "./store.ts";
import { checkVersion } from "./version.ts";

/** A file's bytes, or why the system would not read it ("Is a directory"); undefined when there is none. */
export type FileContent = Uint8Array | Bytes | { readonly reason: string } | undefined;

export interface NinjaOptions {
  /** Opens a manifest by the name it is mentioned with, relative to the build directory. */
  readonly readFile: (path: Bytes) => FileContent;
  /** What a phony that names itself as an input is: dropped with a warning, or kept (`-w phonycycle=`). */
  readonly phonyCycle?: "warn" | "error";
}

/** Files may include each other deeper than anybody writes, but not without end. */
const MAX_INCLUDE_DEPTH = 500;

/**
 * What one ninja parser keeps between files: it reads all files its own file includes with one parser of their
 * own, so a required version set in one of them holds for the next.
 */
interface ParserState {
  readonly version: RequiredVersion;
  child?: ParserState;
}

export class ManifestParser {
  readonly store: Store = new Store();
  readonly warnings: NinjaDiagnostic[] = [];
  readonly expander: Expander = new Expander(this.store);
  readonly options: NinjaOptions;
  private readonly builds: BuildStatements;
  private readonly pieces = new PieceList(this.store);
  /**
   * Name -> the value it was given last, where that was plain text, or 0. Neighbours often agree (the flags of one
   * target), and comparing is cheaper than scanning, hashing and comparing.
   */
  private readonly guesses = new IntVector();

  constructor(options: NinjaOptions) {
    this.options = options;
    this.builds = new BuildStatements(this);
  }

  parseEntry(entry: Bytes): void {
    const bytes = this.open(entry, (reason) =>
      refuse({
        code: "ninja/no-such-file",
        message: `cannot read "${toText(entry)}": ${reason}`,
        ninja: `loading '${entry}': ${reason}`,
        hint: "name the manifest the generator wrote, usually build.ninja",
      }),
    );
    this.parseFile(entry, bytes, this.store.root, newParserState(), 0);
  }

  /** The bytes of a file once more, for diagnostics that point into it. */
  reread(file: Bytes): Uint8Array | undefined {
    const content = this.options.readFile(file);
    if (content === undefined || content instanceof Uint8Array) return content;
    return typeof content === "string" ? toBuffer(content) : undefined;
  }

  private open(path: Bytes, refuseIt: (reason: string) => never): Uint8Array {
    const content = this.options.readFile(path);
    if (content === undefined) return refuseIt("No such file or directory");
    if (content instanceof Uint8Array) return content;
    return typeof content === "string" ? toBuffer(content) : refuseIt(content.reason);
  }

  private parseFile(file: Bytes, bytes: Uint8Array, scope: Scope, state: ParserState, depth: number): void {
    const reader = new Reader(file, bytes, state.version);
    const manifest = this.store.manifests.length;
    this.store.manifests.push(file);
    for (;;) {
      const token = reader.readToken();
      switch (token) {
        case Token.build:
          this.builds.parse(reader, scope, manifest);
          break;
        case Token.identifier:
          reader.offset = reader.lastToken;
          this.parseVariable(reader, scope);
          break;
        case Token.rule:
          this.parseRule(reader, scope);
          break;
        case Token.pool:
          this.parsePool(reader, scope);
          break;
        case Token.default:
          this.parseDefault(reader, scope);
          break;
        case Token.include:
        case Token.subninja:
          this.parseInclude(reader, token === Token.include ? scope : new Scope(scope), scope, state, depth);
          break;
        case Token.newline:
          break;
        case Token.end:
          return;
        default:
          reader.complainOfToken(token);
      }
    }
  }

  /** `name = value`, expanded in the scope; the pair's numbers are left in `name` and `value`. */
  parseAssignment(reader: Reader, scope: Scope): void {
    reader.expectAssignment();
    this.name = this.store.names.intern(reader.bytes, reader.nameStart, reader.nameEnd);
    this.value = this.readValue(reader, scope);
  }

  name = 0;
  value = 0;

  private readValue(reader: Reader, scope: Scope): number {
    const { bytes, offset } = reader;
    const { guesses, name } = this;
    const { values } = this.store;
    while (guesses.length <= name) guesses.push(EMPTY_VALUE);
    const guess = guesses.at(name);
    let p = offset;
    const { arena } = values;
    const aEnd = values.starts[guess + 1] as number;
    for (let a = values.starts[guess] as number; a < aEnd && arena[a] === bytes[p]; a++) p++;
    if (p - offset === aEnd - (values.starts[guess] as number) && bytes[p] === NEWLINE) {
      reader.lastToken = p;
      reader.offset = p + 1;
      return guess;
    }
    p = offset;
    while (VALUE_CLASS[bytes[p] as number] === 0) p++;
    if (bytes[p] === NEWLINE) {
      reader.lastToken = p;
      reader.offset = p + 1;
      guesses.data[name] = values.intern(bytes, offset, p);
      return guesses.at(name);
    }
    this.expander.begin(scope);
    reader.expectPieces(false, this.expander);
    return this.store.values.intern(this.expander.buffer, 0, this.expander.length);
  }

  private parseVariable(reader: Reader, scope: Scope): void {
    this.parseAssignment(reader, scope);
    if (this.name === NAME.ninjaRequiredVersion) {
      const at = reader.span(reader.nameStart, reader.lastToken);
      const { version, warning } = checkVersion(this.store.values.text(this.value), at);
      reader.version.major = version.major;
      reader.version.minor = version.minor;
      if (warning !== undefined) this.warnings.push(warning);
    }
    scope.variables.set(this.name, this.value);
  }

  private parsePool(reader: Reader, scope: Scope): void {
    reader.expectName("pool name");
    const pool = reader.name();
    const at = reader.nameSpan();
    reader.expect(Token.newline);
    if (this.store.pools.has(pool)) {
      const hint =
        pool === "console"
          ? "the console pool is always there; choose another name"
          : "pools are shared by all files, also by those read with subninja; rename one of them";
      reader.complain(
        {
          code: "ninja/duplicate-pool",
          message: `pool "${pool}" is declared twice`,
          ninja: `duplicate pool '${pool}'`,
          hint,
        },
        at,
      );
    }
    let depth = -1;
    while (reader.peek(Token.indent)) {
      this.parseAssignment(reader, scope);
      const text = this.store.values.text(this.value);
      if (this.name !== NAME.depth) this.complainOfVariable(reader, "a pool has a depth and nothing else");
      depth = poolDepth(text);
      if (depth === -1) {
        reader.complain(
          {
            code: "ninja/bad-pool-depth",
            message: `pool depth "${toText(text)}" is no number from 0 to 2147483647`,
            ninja: "invalid pool depth",
            hint: "write digits only; 0 means no limit",
          },
          reader.span(reader.nameStart, reader.lastToken),
        );
      }
    }
    if (depth === -1) {
      reader.complain(
        {
          code: "ninja/missing-depth",
          message: `pool "${pool}" has no depth`,
          ninja: "expected 'depth =' line",
          hint: "add an indented line `depth = 1` below it",
        },
        at,
      );
    }
    this.store.pools.set(pool, depth);
  }

  private parseRule(reader: Reader, scope: Scope): void {
    reader.expectName("rule name");
    const name = this.store.names.intern(reader.bytes, reader.nameStart, reader.nameEnd);
    const text = this.store.names.text(name);
    const at = reader.nameSpan();
    reader.expect(Token.newline);
    if (scope.rules.has(name)) {
      reader.complain(
        {
          code: "ninja/duplicate-rule",
          message: `rule "${text}" is declared twice in one scope`,
          ninja: `duplicate rule '${text}'`,
          hint:
            text === "phony"
              ? "phony is built in; choose another name"
              : "rename one of them, or read the other file with subninja, which has its own rules",
        },
        at,
      );
    }
    // Ninja looks these two up while it checks them, which creates them: a file's `rspfile` never reaches an edge.
    const bindings = new Map<number, Pieces>([
      [NAME.rspfile, []],
      [NAME.rspfileContent, []],
    ]);
    while (reader.peek(Token.indent)) {
      reader.expectAssignment();
      const key = this.store.names.intern(reader.bytes, reader.nameStart, reader.nameEnd);
      const pieces = this.readUnexpanded(reader);
      if (!isRuleKey(key)) {
        this.name = key;
        this.complainOfVariable(reader, "set it on the build statements or at file level; a rule sees both");
      }
      bindings.set(key, pieces);
    }
    const hasRspfile = bindings.get(NAME.rspfile)?.length !== 0;
    const hasContent = bindings.get(NAME.rspfileContent)?.length !== 0;
    if (hasRspfile !== hasContent) {
      reader.complain(
        {
          code: "ninja/rspfile-pair",
          message: `rule "${text}" has only one of rspfile and rspfile_content`,
          ninja: "rspfile and rspfile_content need to be both specified",
          hint: `add ${hasRspfile ? "rspfile_content" : "rspfile"}`,
        },
        at,
      );
    }
    if ((bindings.get(NAME.command)?.length ?? 0) === 0) {
      reader.complain(
        {
          code: "ninja/missing-command",
          message: `rule "${text}" has no command`,
          ninja: "expected 'command =' line",
          hint:
            reader.bytes[reader.lastToken] === TAB
              ? "the line below it starts with a tab; indent with spaces"
              : "add an indented line `command = ...`; for a rule that does nothing use phony",
        },
        at,
      );
    }
    const rule: Rule = { name: text, isPhony: false, bindings };
    scope.rules.set(name, rule);
  }

  /** A rule's value, for expansion when somebody asks. */
  private readUnexpanded(reader: Reader): Pieces {
    this.pieces.begin();
    reader.expectPieces(false, this.pieces);
    return this.pieces.finish();
  }

  private complainOfVariable(reader: Reader, hint: string): never {
    const name = this.store.names.text(this.name);
    reader.complain(
      {
        code: "ninja/unexpected-variable",
        message: `unexpected variable "${name}"`,
        ninja: `unexpected variable '${name}'`,
        hint,
      },
      reader.nameSpan(),
    );
  }

  private parseDefault(reader: Reader, scope: Scope): void {
    const { expander, store } = this;
    for (let isFirst = true; ; isFirst = false) {
      const start = reader.offset;
      expander.begin(scope);
      const pieces = reader.expectPieces(true, expander);
      if (pieces === 0) {
        if (isFirst) {
          reader.complain({
            code: "ninja/expected-name",
            message: "expected target name",
            ninja: "expected target name",
            hint: "name what to build by default, or leave the statement out to build everything",
          });
        }
        break;
      }
      const at = reader.span(start, reader.lastToken);
      if (expander.length === 0) reader.complain(EMPTY_PATH, at);
      const text = fromBuffer(expander.buffer.subarray(0, expander.length));
      const path = canonicalizePath(text);
      const file = store.paths.find(path);
      if (file === -1) {
        reader.complain(
          {
            code: "ninja/unknown-target",
            message: `unknown target "${toText(path)}"`,
            ninja: `unknown target '${path}'`,
            hint: "a default must be named by a build statement above it",
          },
          at,
        );
      }
      store.defaults.push(file);
    }
    reader.expect(Token.newline);
  }

  private parseInclude(reader: Reader, inner: Scope, outer: Scope, state: ParserState, depth: number): void {
    const { expander } = this;
    const start = reader.offset;
    expander.begin(outer);
    reader.expectPieces(true, expander);
    const at = reader.span(start, reader.lastToken);
    const path = fromBuffer(expander.buffer.subarray(0, expander.length));
    if (depth === MAX_INCLUDE_DEPTH) {
      reader.complain(
        {
          code: "ninja/include-depth",
          message: `"${toText(path)}" is included more than ${MAX_INCLUDE_DEPTH} files deep`,
          ninja: `loading '${path}': Too many levels of includes`,
          hint: "a file includes itself, directly or through another",
        },
        at,
      );
    }
    const bytes = this.open(path, (reason) =>
      reader.complain(
        {
          code: "ninja/no-such-file",
          message: `cannot read "${toText(path)}": ${reason}`,
          ninja: `loading '${path}': ${reason}`,
          hint: "paths are relative to the build directory, not to the including file",
        },
        at,
      ),
    );
    state.child ??= newParserState();
    this.parseFile(path, bytes, inner, state.child, depth + 1);
    reader.expect(Token.newline);
  }

  /** For the hint of an unknown rule. */
  visibleRules(scope: Scope, wanted: string): string {
    const names = new Set<string>();
    for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
      for (const rule of s.rules.values()) names.add(toText(rule.name));
    }
    return listNames(names, wanted);
  }
}

function newParserState(): ParserState {
  return { version: { major: 0, minor: 0, allowsNewlineEscape: false } };
}

/** C++ `from_chars` for an int that is not negative: no sign but a minus before zero, no space; -1 when it is none. */
function poolDepth(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) return -1;
  const depth = Number(text);
  return depth >= 0 && depth <= 0x7fffffff ? Math.abs(depth) : -1;
}
