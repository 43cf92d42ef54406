// Dyndep files: dependencies that only a build step can find (C++ modules, Fortran). Parsing follows ninja's
// `DyndepParser`, applying one follows its `DyndepLoader`.

import { asBytes, type Bytes, fromBuffer, toBuffer, toText } from "../../graph/bytes.ts";
import type { NinjaCode } from "../../graph/codes.ts";
import type { FileId, Step } from "../../graph/graph.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { type Fault, refuse } from "./error.ts";
import { Expander } from "./expand.ts";
import { Token } from "./lexer.ts";
import { type DyndepLayer, type Layers, Manifest, type NinjaManifest } from "./manifest.ts";
import type { FileContent } from "./parse.ts";
import { EMPTY_PATH, Reader } from "./reader.ts";
import { EDGE, type Scope, Store } from "./store.ts";
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

/**
 * The graph with what the dyndep file `file` adds to the steps that wait for it.
 * @throws InputError when the file does not fit: a step it leaves out, one it should not name, a second producer
 */
export function applyDyndep(
  manifest: NinjaManifest,
  file: Bytes,
  readFile: (path: Bytes) => FileContent,
): NinjaManifest {
  const content = readFile(file);
  if (content === undefined || !(typeof content === "string" || content instanceof Uint8Array)) {
    const reason = content === undefined ? "No such file or directory" : content.reason;
    return refuse({
      code: "ninja/no-such-file",
      message: `cannot read "${toText(file)}": ${reason}`,
      ninja: `loading '${file}': ${reason}`,
      hint: "a dyndep file is the output of a step that must run first",
    });
  }
  return new DyndepLoader(manifest, file, parseDyndep(file, content, manifest)).load();
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

class DyndepLoader {
  private readonly manifest: NinjaManifest;
  private readonly file: Bytes;
  private readonly entries: Map<number, DyndepEntry>;
  private readonly dyndeps: Map<number, DyndepLayer>;
  private readonly moreFiles: Map<Bytes, FileId>;
  private readonly moreProducers: Map<number, number>;
  private readonly restatScopes: Set<Scope>;

  constructor(manifest: NinjaManifest, file: Bytes, entries: readonly DyndepEntry[]) {
    this.manifest = manifest;
    this.file = file;
    this.entries = new Map(entries.map((entry) => [entry.step.id, entry]));
    const { layers } = manifest;
    this.dyndeps = new Map(layers.dyndeps);
    this.moreFiles = new Map(layers.moreFiles);
    this.moreProducers = new Map(layers.moreProducers);
    this.restatScopes = new Set(layers.restatScopes);
  }

  load(): NinjaManifest {
    const { manifest, file } = this;
    const { store } = manifest.layers;
    const waiting = manifest.fileNamed(canonicalizePath(file));
    const used = new Set<number>();
    for (const step of manifest.steps) {
      if (waiting === undefined || store.field(step.id, EDGE.dyndep) !== waiting) continue;
      const entry = this.entries.get(step.id);
      if (entry === undefined) this.complainOfMissing(step);
      used.add(step.id);
      this.extend(step.id, entry);
    }
    for (const [id, entry] of this.entries) if (!used.has(id)) this.complainOfExtra(entry.step);
    const layers: Layers = {
      store,
      dyndeps: this.dyndeps,
      moreFiles: this.moreFiles,
      moreProducers: this.moreProducers,
      restatScopes: this.restatScopes,
    };
    return new Manifest(layers, manifest.warnings);
  }

  private extend(edge: number, entry: DyndepEntry): void {
    const { store } = this.manifest.layers;
    const outputs = entry.implicitOutputs.map((path) => this.fileOf(path));
    const inputs = entry.implicitInputs.map((path) => this.fileOf(path));
    for (const output of outputs) {
      if (this.moreProducers.has(output) || store.producerOf(output) !== -1)
        this.complainOfOutput(output, entry);
      this.moreProducers.set(output, edge);
    }
    const before = this.dyndeps.get(edge);
    if (entry.restat && !store.hasOwnScope(edge)) this.restatScopes.add(store.scopeOf(edge));
    this.dyndeps.set(edge, {
      outputs: [...(before?.outputs ?? []), ...outputs],
      inputs: [...(before?.inputs ?? []), ...inputs],
      restat: entry.restat || before?.restat === true,
    });
  }

  private fileOf(path: Bytes): FileId {
    const known = this.manifest.fileNamed(path) ?? this.moreFiles.get(path);
    if (known !== undefined) return known;
    const file = (this.manifest.layers.store.paths.fileCount + this.moreFiles.size) as FileId;
    this.moreFiles.set(path, file);
    return file;
  }

  private nameOf(file: FileId): Bytes {
    const known = this.manifest.files[file];
    if (known !== undefined) return known;
    for (const [path, id] of this.moreFiles) if (id === file) return path;
    return asBytes("");
  }

  private complainOfOutput(output: FileId, entry: DyndepEntry): never {
    const path = this.nameOf(output);
    return this.complain({
      code: "ninja/duplicate-output",
      message: `output "${toText(path)}" is made by two build statements`,
      ninja: `multiple rules generate ${path}`,
      at: entry.step.declaredAt,
      hint: `the dyndep file "${toText(this.file)}" gives it to this step as well`,
    });
  }

  private complainOfMissing(step: Step): never {
    const output = this.firstOutput(step);
    return this.complain({
      code: "ninja/dyndep-mismatch",
      message: `"${toText(output)}" is not mentioned in its dyndep file "${toText(this.file)}"`,
      ninja: `'${output}' not mentioned in its dyndep file '${this.file}'`,
      at: step.declaredAt,
      hint: "the tool that writes the dyndep file must list every step that waits for it",
    });
  }

  private complainOfExtra(step: Step): never {
    const output = this.firstOutput(step);
    return this.complain({
      code: "ninja/dyndep-mismatch",
      message: `dyndep file "${toText(this.file)}" mentions "${toText(output)}", which does not wait for it`,
      ninja: `dyndep file '${this.file}' mentions output '${output}' whose build statement does not have a dyndep binding for the file`,
      at: step.declaredAt,
      hint: `add the binding \`dyndep = ${toText(this.file)}\` to the build statement`,
    });
  }

  private firstOutput(step: Step): Bytes {
    const file = step.outputs[0];
    return file === undefined ? asBytes("") : this.nameOf(file);
  }

  private complain(fault: Fault): never {
    return refuse(fault);
  }
}
