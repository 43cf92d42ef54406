// The `build` statement (ninja: `ManifestParser::ParseEdge`). Nearly all bytes of a manifest are its paths, so the
// loop over them reads bytes and writes integers and makes nothing else.

import { toText } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { HASH_PRIME, HASH_SEED } from "./byte-table.ts";
import { diagnosticOf, listNames } from "./error.ts";
import { expandBinding, spanOf } from "./expand.ts";
import { IntVector } from "./int-vector.ts";
import { DOLLAR, PATH_CLASS, type PieceSink, SPACE, Token } from "./lexer.ts";
import type { ManifestParser } from "./parse.ts";
import { EMPTY_PATH, type Reader } from "./reader.ts";
import { EDGE, EMPTY_VALUE, NAME, type Rule, type Scope } from "./store.ts";

/** For the first look at a path whose variables cannot be expanded yet. */
const SKIP: PieceSink = { text: () => undefined, byte: () => undefined, variable: () => undefined };

export class BuildStatements {
  private readonly parser: ManifestParser;
  /** The files of the statement in hand; the complement of an offset where a path is not expanded yet. */
  private readonly refs = new IntVector();
  /** Offset of the first path, and of `build` itself. */
  private pathsStart = 0;
  /** The path before, to guess the next from. */
  private previous = 0;

  constructor(parser: ManifestParser) {
    this.parser = parser;
  }

  /** Reads one statement; the reader is past its `build`. */
  parse(reader: Reader, scope: Scope, manifest: number): void {
    const { store } = this.parser;
    const { refs } = this;
    const start = reader.lastToken;
    this.pathsStart = reader.offset;
    refs.length = 0;

    const explicitOutputs = this.readPaths(reader);
    if (reader.peek(Token.pipe)) this.readPaths(reader);
    const outputs = refs.length;
    if (outputs === 0) {
      reader.complain({
        code: "ninja/expected-name",
        message: "expected path",
        ninja: "expected path",
        hint: "a build statement makes at least one output",
      });
    }
    reader.expect(Token.colon);
    const end = reader.lastToken + 1;
    const rule = this.readRule(reader, scope);
    const explicitInputs = this.readPaths(reader);
    if (reader.peek(Token.pipe)) this.readPaths(reader);
    const inputs = refs.length - outputs;
    const orderOnly = reader.peek(Token.pipe2) ? this.readPaths(reader) : 0;
    const validations = reader.peek(Token.pipeAt) ? this.readPaths(reader) : 0;
    reader.expect(Token.newline);

    const bindingsStart = store.bindings.length;
    while (reader.peek(Token.indent)) {
      this.parser.parseAssignment(reader, scope);
      store.bindings.push(this.parser.name);
      store.bindings.push(this.parser.value);
    }

    const edge = store.addEdge(rule, scope);
    store.setField(edge, EDGE.bindingsStart, bindingsStart);
    store.setField(edge, EDGE.bindingsEnd, store.bindings.length);
    store.setField(edge, EDGE.manifest, manifest);
    store.setField(edge, EDGE.start, start);
    store.setField(edge, EDGE.end, end);
    // The pool is looked up before the edge has files: `$in` is empty here, as in ninja.
    this.bindPool(reader, edge);
    this.bindOutputs(reader, edge, outputs);
    for (let i = outputs; i < refs.length; i++) if (refs.at(i) < 0) this.expandPath(reader, edge, i);

    store.setField(edge, EDGE.explicitOutputs, explicitOutputs);
    store.setField(edge, EDGE.outputs, outputs);
    store.setField(edge, EDGE.explicitInputs, explicitInputs);
    store.setField(edge, EDGE.inputs, inputs);
    store.setField(edge, EDGE.orderOnly, orderOnly);
    store.setField(edge, EDGE.validations, validations);
    if (rule.isPhony && outputs === 1 && explicitOutputs === 1 && inputs === explicitInputs) {
      this.dropSelfReference(edge);
    }
    const { runs } = store;
    runs.reserve(refs.length);
    store.setField(edge, EDGE.chunk, runs.chunk);
    store.setField(edge, EDGE.offset, runs.offset);
    runs.add(refs.data, refs.length);
    this.bindDyndep(reader, edge);
  }

  /**
   * Paths up to the next delimiter, onto `refs`; how many. A path of plain bytes becomes a file at once: it is the
   * same file whatever the bindings below say.
   */
  private readPaths(reader: Reader): number {
    const { refs } = this;
    const { paths } = this.parser.store;
    const { spellings } = paths;
    const { bytes } = reader;
    const before = refs.length;
    let { previous } = this;
    let { arena, starts } = spellings;
    let { fileOf, follower } = paths;
    let p = reader.offset;
    for (;;) {
      let q = p;
      let spelling = follower[previous] as number;
      if (spelling !== -1) {
        let a = starts[spelling] as number;
        const aEnd = starts[spelling + 1] as number;
        while (a < aEnd && arena[a] === bytes[q]) {
          a++;
          q++;
        }
        if (a < aEnd || PATH_CLASS[bytes[q] as number] !== 1) spelling = -1;
      }
      if (spelling === -1) {
        let hash = HASH_SEED;
        q = p;
        let c = bytes[p] as number;
        while (PATH_CLASS[c] === 0) {
          hash = Math.imul(hash ^ c, HASH_PRIME);
          c = bytes[++q] as number;
        }
        if (PATH_CLASS[c] === 1) {
          if (q === p) break;
          spelling = paths.internSpelling(bytes, p, q, hash);
          ({ arena, starts } = spellings);
          ({ fileOf, follower } = paths);
          follower[previous] = spelling;
        } else {
          // An escape, a variable, a carriage return or something wrong.
          reader.offset = p;
          const pieces = reader.expectPieces(true, SKIP);
          if (pieces === 0) {
            this.previous = previous;
            return refs.length - before;
          }
          refs.push(~p);
          p = reader.offset;
          continue;
        }
      }
      previous = spelling;
      refs.push(fileOf[spelling] as number);
      reader.lastToken = q;
      while (bytes[q] === SPACE) q++;
      if (bytes[q] === DOLLAR) {
        reader.offset = q;
        reader.skipSpace();
        q = reader.offset;
      }
      p = q;
    }
    this.previous = previous;
    reader.offset = p;
    reader.lastToken = p;
    return refs.length - before;
  }

  private readRule(reader: Reader, scope: Scope): Rule {
    const { store } = this.parser;
    reader.expectName("build command name");
    const name = store.names.find(reader.bytes, reader.nameStart, reader.nameEnd);
    const rule = name === -1 ? undefined : scope.rule(name);
    if (rule !== undefined) return rule;
    const text = reader.name();
    return reader.complain(
      {
        code: "ninja/unknown-rule",
        message: `unknown rule "${text}"`,
        ninja: `unknown build rule '${text}'`,
        hint: `rules declared so far: ${this.parser.visibleRules(scope, text)}`,
      },
      reader.nameSpan(),
    );
  }

  /** Expands and interns the path `refs[index]`, in the scope of the edge. */
  private expandPath(reader: Reader, edge: number, index: number): void {
    const { store, expander } = this.parser;
    const { offset, lastToken } = reader;
    reader.offset = ~this.refs.at(index);
    expander.begin(
      store.scopeOf(edge),
      store.field(edge, EDGE.bindingsStart),
      store.field(edge, EDGE.bindingsEnd),
    );
    reader.expectPieces(true, expander);
    reader.offset = offset;
    reader.lastToken = lastToken;
    if (expander.length === 0) reader.complain(EMPTY_PATH, this.pathSpan(reader, index));
    this.refs.data[index] = store.paths.intern(expander.buffer, 0, expander.length);
  }

  private bindPool(reader: Reader, edge: number): void {
    const { store } = this.parser;
    const pool = this.binding(edge, NAME.pool, true);
    if (pool === "") return;
    if (!store.pools.has(pool)) {
      const names = [...store.pools.keys()].filter((name) => name !== "");
      reader.complain(
        {
          code: "ninja/unknown-pool",
          message: `unknown pool "${toText(pool)}"`,
          ninja: `unknown pool name '${pool}'`,
          hint: `pools declared so far: ${listNames(names, pool)}; a pool is declared before its use`,
        },
        spanOf(store, edge),
      );
    }
    store.setPool(edge, pool);
  }

  /** What `expandBinding` says, without a string for the common case that there is nothing. */
  private binding(edge: number, name: number, isQuoted: boolean): ReturnType<typeof expandBinding> {
    const { store } = this.parser;
    if (
      !store.ruleOf(edge).bindings.has(name) &&
      store.ownBinding(edge, name) === -1 &&
      store.scopeOf(edge).variable(name) === EMPTY_VALUE
    ) {
      return store.values.text(EMPTY_VALUE);
    }
    return expandBinding(store, edge, name, isQuoted);
  }

  private bindOutputs(reader: Reader, edge: number, outputs: number): void {
    const { store } = this.parser;
    for (let i = 0; i < outputs; i++) {
      if (this.refs.at(i) < 0) this.expandPath(reader, edge, i);
      const file = this.refs.at(i);
      const other = store.producerOf(file);
      if (other !== -1) this.complainOfOutput(reader, edge, other, i);
      store.setProducer(file, edge);
    }
  }

  private complainOfOutput(reader: Reader, edge: number, other: number, index: number): never {
    const { store } = this.parser;
    const path = store.paths.nameOf(this.refs.at(index));
    const shown = toText(path);
    if (other === edge) {
      return reader.complain(
        {
          code: "ninja/duplicate-output",
          message: `output "${shown}" is listed twice`,
          ninja: `${path} is defined as an output multiple times`,
          hint: "list each output once; paths are compared after folding . and ..",
        },
        this.pathSpan(reader, index),
      );
    }
    return reader.complain(
      {
        code: "ninja/duplicate-output",
        message: `output "${shown}" is made by two build statements`,
        ninja: `multiple rules generate ${path}`,
        hint: `the other one is at ${this.placeOf(reader, other)}`,
      },
      this.pathSpan(reader, index),
    );
  }

  /** `file:line` of an edge. */
  private placeOf(reader: Reader, edge: number): string {
    const at = spanOf(this.parser.store, edge);
    const bytes = at.file === reader.file ? reader.bytes : this.parser.reread(at.file);
    if (bytes === undefined) return toText(at.file);
    let line = 1;
    for (let i = 0; i < at.start && i < bytes.length; i++) if (bytes[i] === 0x0a) line++;
    return `${toText(at.file)}:${line}`;
  }

  /** Where the path `refs[index]` stands. Reads the statement again: only needed once, before the parse ends. */
  private pathSpan(reader: Reader, index: number): Span {
    const { offset, lastToken } = reader;
    reader.offset = this.pathsStart;
    let span = reader.span(this.pathsStart, this.pathsStart + 1);
    for (let seen = 0; seen <= index; ) {
      const start = reader.offset;
      const pieces = reader.readPieces(true, SKIP);
      if (typeof pieces !== "number") break;
      if (pieces > 0) {
        span = reader.span(start, reader.lastToken);
        seen++;
        continue;
      }
      const token = reader.readToken();
      if (token === Token.colon) reader.readName();
      else if (token === Token.newline || token === Token.end) break;
    }
    reader.offset = offset;
    reader.lastToken = lastToken;
    return span;
  }

  /** Old CMake writes phonies that name themselves; ninja drops such inputs (`maybe_phonycycle_diagnostic`). */
  private dropSelfReference(edge: number): void {
    const { store, options, warnings } = this.parser;
    const { refs } = this;
    if (options.phonyCycle === "error") return;
    const self = refs.at(0);
    const inputsEnd = 1 + store.field(edge, EDGE.inputs);
    const orderOnlyEnd = inputsEnd + store.field(edge, EDGE.orderOnly);
    let kept = 1;
    let inputs = 0;
    let orderOnly = 0;
    for (let i = 1; i < refs.length; i++) {
      const file = refs.at(i);
      if (file === self && i < orderOnlyEnd) continue;
      refs.data[kept++] = file;
      if (i < inputsEnd) inputs++;
      else if (i < orderOnlyEnd) orderOnly++;
    }
    if (kept === refs.length) return;
    refs.length = kept;
    store.setField(edge, EDGE.explicitInputs, inputs);
    store.setField(edge, EDGE.inputs, inputs);
    store.setField(edge, EDGE.orderOnly, orderOnly);
    store.droppedInputs.add(self);
    const path = store.paths.nameOf(self);
    warnings.push(
      diagnosticOf({
        code: "ninja/phony-cycle",
        message: `phony "${toText(path)}" names itself as an input, which is ignored`,
        ninja: `ninja: warning: phony target '${path}' names itself as an input; ignoring [-w phonycycle=warn]`,
        at: spanOf(store, edge),
        hint: "remove the input; CMake before 3.1 writes these",
      }),
    );
  }

  private bindDyndep(reader: Reader, edge: number): void {
    const { store } = this.parser;
    const text = this.binding(edge, NAME.dyndep, false);
    if (text === "") return;
    const path = canonicalizePath(text);
    const file = store.paths.find(path);
    const first = store.field(edge, EDGE.offset) + store.field(edge, EDGE.outputs);
    const count = store.field(edge, EDGE.inputs) + store.field(edge, EDGE.orderOnly);
    const inputs = store.runs.view(store.field(edge, EDGE.chunk), first, first + count);
    if (file === -1 || !inputs.includes(file)) {
      reader.complain(
        {
          code: "ninja/dyndep-not-input",
          message: `dyndep file "${toText(path)}" is not an input of its build statement`,
          ninja: `dyndep '${path}' is not an input`,
          hint: `add it to the order-only inputs: || ${toText(path)}`,
        },
        spanOf(store, edge),
      );
    }
    store.setField(edge, EDGE.dyndep, file);
  }
}
