// Reads dyndep files, by the rules of ninja's `DyndepParser`.

import { type Bytes, fromBuffer, toBuffer, toText } from "../../graph/bytes.ts";
import type { NinjaCode } from "../../graph/codes.ts";
import type { Step } from "../../graph/graph.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { Expander } from "./expand.ts";
import { Token } from "./lexer.ts";
import type { NinjaManifest } from "./manifest.ts";
import { EMPTY_PATH, Reader } from "./reader.ts";
import { Store } from "./store.ts";
import { parseVersion } from "./version.ts";

/** One statement of a dyndep file. Paths are canonical. */
export interface DyndepEntry {
  /** The step that makes the output the statement names. */
  readonly step: Step;
  readonly implicitOutputs: readonly Bytes[];
  readonly implicitInputs: readonly Bytes[];
  readonly restat: boolean;
}

/**
 * Reads a dyndep file; entries in order of appearance.
 * @throws InputError when it is malformed or names an output that `manifest` has no step for
 */
export function parseDyndep(
  file: Bytes,
  content: Uint8Array | Bytes,
  manifest: NinjaManifest,
): readonly DyndepEntry[] {
  return new DyndepParser(file, content, manifest).parse();
}

class DyndepParser {
  private readonly reader: Reader;
  private readonly manifest: NinjaManifest;
  /** A dyndep file has no variables; those of the manifest are not visible in it. */
  private readonly store = new Store();
  private readonly expander = new Expander(this.store);
  private readonly entries = new Map<Step, DyndepEntry>();

  constructor(file: Bytes, content: Uint8Array | Bytes, manifest: NinjaManifest) {
    const bytes = typeof content === "string" ? toBuffer(content) : content;
    this.reader = new Reader(file, bytes, { major: 0, minor: 0, allowsNewlineEscape: false });
    this.manifest = manifest;
  }

  parse(): readonly DyndepEntry[] {
    const { reader } = this;
    let hasVersion = false;
    for (;;) {
      const token = reader.readToken();
      switch (token) {
        case Token.newline:
          break;
        case Token.identifier:
          // Only one variable exists, and only once.
          if (hasVersion) reader.complainOfToken(token);
          reader.offset = reader.lastToken;
          this.parseVersion();
          hasVersion = true;
          break;
        case Token.build:
          if (!hasVersion) this.complainOfVersion();
          this.parseBuild();
          break;
        case Token.end:
          if (!hasVersion) this.complainOfVersion();
          return [...this.entries.values()];
        default:
          reader.complainOfToken(token);
      }
    }
  }

  private parseVersion(): void {
    const { reader } = this;
    reader.expectAssignment();
    const name = reader.name();
    const { nameStart } = reader;
    const value = this.readText(false);
    if (name !== "ninja_dyndep_version") this.complainOfVersion();
    const { major, minor } = parseVersion(value);
    if (major === 1 && minor === 0) return;
    this.complain(
      "ninja/dyndep-version",
      `dyndep version "${toText(value)}" is not known`,
      `unsupported 'ninja_dyndep_version = ${value}'`,
      "write `ninja_dyndep_version = 1`",
      nameStart,
    );
  }

  private complainOfVersion(): never {
    return this.complain(
      "ninja/dyndep-version",
      "a dyndep file starts with its version",
      "expected 'ninja_dyndep_version = ...'",
      "write `ninja_dyndep_version = 1` first",
    );
  }

  private parseBuild(): void {
    const { reader } = this;
    const step = this.readOutput();
    const implicitOutputs: Bytes[] = [];
    const implicitInputs: Bytes[] = [];
    const later = { outputs: [] as number[], inputs: [] as number[] };
    this.refusePath("explicit outputs not supported", "write implicit outputs after |");
    if (reader.peek(Token.pipe)) this.skipPaths(later.outputs);
    reader.expect(Token.colon);
    if (!reader.readName() || reader.name() !== "dyndep") {
      this.complain(
        "ninja/expected-name",
        'expected "dyndep" after the colon',
        "expected build command name 'dyndep'",
        "every statement of a dyndep file is `build OUTPUT: dyndep`",
      );
    }
    this.refusePath("explicit inputs not supported", "write implicit inputs after |");
    if (reader.peek(Token.pipe)) this.skipPaths(later.inputs);
    if (reader.peek(Token.pipe2)) {
      this.complain(
        "ninja/dyndep-statement",
        "order-only inputs not supported",
        "order-only inputs not supported",
        "write implicit inputs after |",
      );
    }
    reader.expect(Token.newline);
    const restat = this.readRestat();
    // Paths last, as in ninja: what is wrong with the bindings comes first.
    for (const offset of later.inputs) implicitInputs.push(this.readPathAt(offset));
    for (const offset of later.outputs) implicitOutputs.push(this.readPathAt(offset));
    this.entries.set(step, { step, implicitOutputs, implicitInputs, restat });
  }

  private readOutput(): Step {
    const { reader, manifest } = this;
    const start = reader.offset;
    this.expander.begin(this.store.root);
    if (reader.expectPieces(true, this.expander) === 0) {
      this.complain(
        "ninja/expected-name",
        "expected path",
        "expected path",
        "name one output of the step that this statement is about",
      );
    }
    const path = this.canonicalPath();
    const file = manifest.fileNamed(path);
    const step = file === undefined ? undefined : manifest.producerOf(file);
    if (step === undefined) {
      return this.complain(
        "ninja/dyndep-statement",
        `no build statement makes "${toText(path)}"`,
        `no build statement exists for '${path}'`,
        "name an output exactly as the manifest does; absolute and relative names are different files",
        start,
      );
    }
    if (this.entries.has(step)) {
      return this.complain(
        "ninja/dyndep-statement",
        `a second statement for the step that makes "${toText(path)}"`,
        `multiple statements for '${path}'`,
        "say everything about a step in one statement",
        start,
      );
    }
    // Claims the step while its statement is read.
    this.entries.set(step, { step, implicitOutputs: [], implicitInputs: [], restat: false });
    return step;
  }

  private readRestat(): boolean {
    const { reader } = this;
    if (!reader.peek(Token.indent)) return false;
    reader.expectAssignment();
    const name = reader.name();
    const value = this.readText(false);
    if (name !== "restat") {
      this.complain(
        "ninja/unexpected-variable",
        `unexpected variable "${toText(name)}"`,
        "binding is not 'restat'",
        "a statement of a dyndep file can set restat and nothing else",
      );
    }
    return value !== "";
  }

  /** Remembers where the paths up to the next delimiter are. */
  private skipPaths(offsets: number[]): void {
    const { reader } = this;
    for (;;) {
      const start = reader.offset;
      this.expander.begin(this.store.root);
      const pieces = reader.readPieces(true, this.expander);
      if (typeof pieces !== "number") {
        // Ninja forgets the error and goes on with the path as if it were a statement; it is refused here, in the
        // words ninja ends with.
        const token = reader.readToken();
        reader.complainOfPiece(pieces, isStatement(token) ? undefined : reader.ninjaOnToken(token));
      }
      if (pieces === 0) return;
      offsets.push(start);
    }
  }

  private refusePath(ninja: string, hint: string): void {
    this.expander.begin(this.store.root);
    if (this.reader.expectPieces(true, this.expander) > 0) {
      this.complain("ninja/dyndep-statement", ninja, ninja, hint);
    }
  }

  private readPathAt(start: number): Bytes {
    const { reader } = this;
    const { offset, lastToken } = reader;
    reader.offset = start;
    this.expander.begin(this.store.root);
    reader.expectPieces(true, this.expander);
    const end = reader.lastToken;
    reader.offset = offset;
    reader.lastToken = lastToken;
    return this.canonicalPath(start, end);
  }

  private canonicalPath(start?: number, end?: number): Bytes {
    const { reader, expander } = this;
    if (expander.length === 0) {
      const at = start === undefined ? reader.tokenSpan() : reader.span(start, end ?? start + 1);
      reader.complain({ ...EMPTY_PATH, hint: "a dyndep file has no variables of its own" }, at);
    }
    return canonicalizePath(fromBuffer(expander.buffer.subarray(0, expander.length)));
  }

  private readText(isPath: boolean): Bytes {
    this.expander.begin(this.store.root);
    this.reader.expectPieces(isPath, this.expander);
    return fromBuffer(this.expander.buffer.subarray(0, this.expander.length));
  }

  private complain(code: NinjaCode, message: string, ninja: string, hint: string, start?: number): never {
    const { reader } = this;
    const at = start === undefined ? reader.tokenSpan() : reader.span(start, reader.lastToken);
    return reader.complain({ code, message, ninja, hint }, at);
  }
}

/** True for tokens that a line of a dyndep file may start with. */
function isStatement(token: Token): boolean {
  return token === Token.build || token === Token.newline || token === Token.end;
}
