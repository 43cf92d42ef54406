// The exact text of every store/... error, with its hint.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseDerivation } from "../../emit/aterm-reader.ts";
import { type Derivation, fillOutputs, inputOutputs, type Output } from "../../emit/derivation.ts";
import { derivationProblems } from "../../emit/derivation-check.ts";
import { nameOfDrvFile } from "../../emit/drv-text.ts";
import { parseHash, parseIntegrity } from "../../emit/hash.ts";
import { printJson } from "../../emit/json.ts";
import { parseJson } from "../../emit/json-reader.ts";
import { type NarNode, narOf, narOfFile } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import { archiveOfObject, bottomUp, textObject } from "../../emit/object.ts";
import { inputPlaceholder, outputPlaceholder } from "../../emit/placeholder.ts";
import { cacheSink } from "../../emit/sink/cache.ts";
import { memorySink } from "../../emit/sink/memory.ts";
import { checkStorePath, contentAddressedPath, makeStorePath } from "../../emit/store-path.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";

const b = asBytes;
const out = b("out");
const drvPath = b("/nix/store/00000000000000000000000000000000-p.drv");

function print({ code, message, at, hint }: Diagnostic): string {
  const place = at === undefined ? "" : `${at.file}@${at.start}: `;
  return `${place}${message} [${code}]${hint === undefined ? "" : `\n  hint: ${hint}`}`;
}

async function errorOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics.map(print).join("\n");
    throw error;
  }
  return "no error";
}

function derivation(changes: Partial<Derivation> = {}): Derivation {
  return {
    name: b("n"),
    outputs: new Map<Bytes, Output>([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map(),
    inputSrcs: [],
    system: b("x86_64-linux"),
    builder: b("/bin/sh"),
    args: [],
    env: new Map([[b("name"), b("n")]]),
    ...changes,
  };
}

const problemsOf = (changes: Partial<Derivation>): string =>
  derivationProblems(derivation(changes)).map(print).join("\n");

it("finds no problem in a good derivation", () => expect(problemsOf({})).toBe(""));

it("store/bad-name: a name that Nix does not take", async () => {
  const hex = b("00".repeat(32));
  expect(await errorOf(() => makeStorePath("text", hex, b("a b")))).toMatchInlineSnapshot(`
    ""a b" cannot be the name of a store path: byte 0x20 is not allowed in it [store/bad-name]
      hint: use 1 to 211 of the chars "0-9A-Za-z+-._?=""
  `);
  expect(await errorOf(() => makeStorePath("text", hex, b("")))).toMatchInlineSnapshot(`
    """ cannot be the name of a store path: it is empty [store/bad-name]
      hint: use 1 to 211 of the chars "0-9A-Za-z+-._?=""
  `);
  expect(await errorOf(() => makeStorePath("text", hex, b("n".repeat(212))))).toMatchInlineSnapshot(`
    ""nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" cannot be the name of a store path: it has 212 bytes, 211 are allowed [store/bad-name]
      hint: use 1 to 211 of the chars "0-9A-Za-z+-._?=""
  `);
  expect(await errorOf(() => makeStorePath("text", hex, b("..-x")))).toMatchInlineSnapshot(`
    ""..-x" cannot be the name of a store path: it starts with "." or ".." as a component of its own [store/bad-name]
      hint: use 1 to 211 of the chars "0-9A-Za-z+-._?=""
  `);
  expect(await errorOf(() => makeStorePath("text", hex, b("caf\xe9")))).toMatchInlineSnapshot(`
    ""caf�" cannot be the name of a store path: byte 0xe9 is not allowed in it [store/bad-name]
      hint: use 1 to 211 of the chars "0-9A-Za-z+-._?=""
  `);
  expect(await errorOf(() => nameOfDrvFile(b("build.txt")))).toMatchInlineSnapshot(`
    ""build.txt" is not the name of a derivation file [store/bad-name]
      hint: its name must end in .drv: the derivation's name is taken from it"
  `);
  expect(
    problemsOf({ outputs: new Map<Bytes, Output>([[b("a/b"), { kind: "deferred" }]]) }),
  ).toMatchInlineSnapshot(`
    ""n-a/b" cannot be the name of a store path: "/" is not allowed in it [store/bad-name]
      hint: use 1 to 211 of the chars "0-9A-Za-z+-._?=""
  `);
});

it("store/bad-path: a text that is no store path", async () => {
  expect(await errorOf(() => checkStorePath(b("/tmp/x")))).toMatchInlineSnapshot(`
    ""/tmp/x" is not a store path: it is not in "/nix/store" [store/bad-path]
      hint: a store path reads /nix/store/HASH-NAME, with nothing after the name"
  `);
  expect(await errorOf(() => checkStorePath(b("/nix/store/short-x")))).toMatchInlineSnapshot(`
    ""/nix/store/short-x" is not a store path: it has no 32 chars, dash and name [store/bad-path]
      hint: a store path reads /nix/store/HASH-NAME, with nothing after the name"
  `);
  expect(await errorOf(() => checkStorePath(b(`/nix/store/${"e".repeat(32)}-x`)))).toMatchInlineSnapshot(`
    ""/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x" is not a store path: its hash part is not nix32 [store/bad-path]
      hint: a store path reads /nix/store/HASH-NAME, with nothing after the name"
  `);
  expect(await errorOf(() => checkStorePath(b(`${drvPath}/bin`)))).toMatchInlineSnapshot(`
    ""/nix/store/00000000000000000000000000000000-p.drv/bin" is not a store path: "/" is not allowed in it [store/bad-path]
      hint: a store path reads /nix/store/HASH-NAME, with nothing after the name"
  `);
  expect(await errorOf(() => inputPlaceholder(b("/nix/store/x"), [out]))).toMatchInlineSnapshot(`
    ""/nix/store/x^out" does not name an output of a derivation [store/bad-path]
      hint: give the path of a .drv and at least one output"
  `);
});

it("store/bad-reference: a hash that allows no references", async () => {
  const hex = b("00".repeat(20));
  expect(
    await errorOf(() => contentAddressedPath(b("n"), { method: "flat", algo: "sha1", hex }, [drvPath])),
  ).toMatchInlineSnapshot(`
    ""n" is hashed as sha1 and refers to "/nix/store/00000000000000000000000000000000-p.drv": that hash allows no such reference [store/bad-reference]
      hint: hash it as a NAR with sha256"
  `);
  expect(
    await errorOf(() => contentAddressedPath(b("n"), { method: "text", algo: "sha1", hex })),
  ).toMatchInlineSnapshot(`
    ""n" is a text hashed with sha1: Nix takes sha256 only [store/bad-reference]
      hint: hash it as a NAR with sha256"
  `);
});

it("store/bad-hash: a text that is no hash", async () => {
  expect(await errorOf(() => parseHash(b("sha257-abc")))).toMatchInlineSnapshot(`
    ""sha257-abc" is not a hash: there is no hash algorithm "sha257" [store/bad-hash]
      hint: write it as sha256-BASE64, as \`nix hash convert --to sri\` prints it"
  `);
  expect(await errorOf(() => parseHash(b("abc")))).toMatchInlineSnapshot(`
    ""abc" is not a hash: it does not say which algorithm it is [store/bad-hash]
      hint: write it as sha256-BASE64, as \`nix hash convert --to sri\` prints it"
  `);
  expect(await errorOf(() => parseHash(b("sha256-abc")))).toMatchInlineSnapshot(`
    ""sha256-abc" is not a hash: it does not hold the 32 bytes of a sha256 digest [store/bad-hash]
      hint: write it as sha256-BASE64, as \`nix hash convert --to sri\` prints it"
  `);
  expect(await errorOf(() => parseHash(b("sha1:abc"), "sha256"))).toMatchInlineSnapshot(`
    ""sha1:abc" is not a hash: it is a sha1 hash where sha256 is wanted [store/bad-hash]
      hint: write it as sha256-BASE64, as \`nix hash convert --to sri\` prints it"
  `);
  expect(await errorOf(() => parseIntegrity(b("md9-x")))).toMatchInlineSnapshot(`
    ""md9-x" is not a hash: it holds no hash of a known algorithm [store/bad-hash]
      hint: write it as sha256-BASE64, as \`nix hash convert --to sri\` prints it"
  `);
});

it("store/bad-derivation: a text that is no derivation, or one that Nix would refuse", async () => {
  const read = (text: string) => errorOf(() => parseDerivation(b(text), b("x")));
  expect(await read("")).toMatchInlineSnapshot(`
    "x.drv@0: not a derivation: the end stands where 'Derive(' is wanted [store/bad-derivation]
      hint: make it again, as \`nix derivation add\` writes it"
  `);
  expect(await read('Derive([("out","","r:sha999","")]')).toMatchInlineSnapshot(`
    "x.drv@18: not a derivation: there is no method "r:sha999" [store/bad-derivation]
      hint: make it again, as \`nix derivation add\` writes it"
  `);
  expect(await read('Derive([("out","/tmp/x","","")]')).toMatchInlineSnapshot(`
    "x.drv@15: not a derivation: "/tmp/x" is not a store path: it is not in "/nix/store" [store/bad-derivation]
      hint: make it again, as \`nix derivation add\` writes it"
  `);
  expect(await read('Derive([("out","","r:sha256","")], []')).toMatchInlineSnapshot(`
    "x.drv@34: not a derivation: " " stands where '[' is wanted [store/bad-derivation]
      hint: make it again, as \`nix derivation add\` writes it"
  `);
  expect(await read('DrvWithVersion("xp-other",')).toMatchInlineSnapshot(`
    "x.drv@25: not a derivation: there is no derivation version "xp-other" [store/bad-derivation]
      hint: make it again, as \`nix derivation add\` writes it"
  `);
  const env = 'Derive([("out","","","")],[],[],"s","b",[],[("__json","[]")])';
  expect(await read(env)).toMatchInlineSnapshot(`
    "x.drv@54: not a derivation: the value of "__json" is not an object [store/bad-derivation]
      hint: make it again, as \`nix derivation add\` writes it"
  `);
  expect(problemsOf({ outputs: new Map() })).toMatchInlineSnapshot(`
    ""n" has no output [store/bad-derivation]
      hint: give it an output, usually "out""
  `);
  const sha1: Output = { kind: "floating", method: "nar", algo: "sha1" };
  const text: Output = { kind: "floating", method: "text", algo: "sha1" };
  const sha256: Output = { kind: "floating", method: "nar", algo: "sha256" };
  expect(
    problemsOf({
      outputs: new Map([
        [out, sha256],
        [b("a"), sha1],
      ]),
    }),
  ).toMatchInlineSnapshot(`
    ""n" has outputs hashed with sha1 and sha256 [store/bad-derivation]
      hint: hash all of them with sha256"
  `);
  expect(problemsOf({ outputs: new Map([[out, text]]) })).toMatchInlineSnapshot(`
    ""n" has the text output "out" hashed with sha1, on which Nix aborts [store/bad-derivation]
      hint: hash texts with sha256"
  `);
  expect(
    problemsOf({
      outputs: new Map<Bytes, Output>([
        [out, sha256],
        [b("a"), { kind: "deferred" }],
      ]),
    }),
  ).toMatchInlineSnapshot(`
    ""n" mixes kinds of outputs [store/bad-derivation]
      hint: make all outputs floating, or all deferred"
  `);
  expect(problemsOf({ args: [b("a\0b")] })).toMatchInlineSnapshot(`
    ""n" has a NUL byte in its builder, args or env, where a program cannot see what follows [store/bad-derivation]
      hint: pass the text in a file"
  `);
});

it("store/shared-result: rule 1, the name is part of the result's key only through env", () => {
  expect(problemsOf({ env: new Map() })).toMatchInlineSnapshot(`
    ""n" does not have its name in the variable "name" [store/shared-result]
      hint: add it: Nix up to 2.34 gives derivations that differ only by file name the same result"
  `);
  expect(problemsOf({ env: new Map(), structuredAttrs: new Map([[b("name"), b("n")]]) })).toBe("");
});

it("store/unmentioned-input: rule 2, a dynamic input counts only where its placeholder stands", () => {
  const node = { outputs: [], dynamic: new Map([[out, inputOutputs(out)]]) };
  const inputDrvs = new Map([[drvPath, node]]);
  expect(problemsOf({ inputDrvs })).toMatchInlineSnapshot(`
    ""n" does not mention its input "/nix/store/00000000000000000000000000000000-p.drv^out^out" [store/unmentioned-input]
      hint: put its placeholder into env or args: Nix up to 2.34 ignores such inputs when it looks for old results"
  `);
  expect(problemsOf({ inputDrvs, args: [inputPlaceholder(drvPath, [out, out])] })).toBe("");
});

it("store/inner-placeholder: rule 3, no text of a derivation with an output of the same name", () => {
  const inner = b(`Derive([("out","","r:sha256","")] ... ("out","${outputPlaceholder(out)}")`);
  expect(problemsOf({ args: [inner] })).toMatchInlineSnapshot(`
    ""n" carries the text of a derivation that has an output "out", as it has itself [store/inner-placeholder]
      hint: rename the outer output, or let the builder read the text from a file: Nix replaces the placeholder"
  `);
  const other = new Map<Bytes, Output>([[b("x.drv"), { kind: "floating", method: "text", algo: "sha256" }]]);
  expect(problemsOf({ args: [inner], outputs: other })).toBe("");
});

it("store/missing-derivation: an input whose hash is needed", async () => {
  const open = derivation({
    outputs: new Map([[out, { kind: "deferred" }]]),
    inputDrvs: new Map([[drvPath, inputOutputs(out)]]),
  });
  expect(await errorOf(() => fillOutputs(open, { find: () => undefined }))).toMatchInlineSnapshot(`
    "the derivation "/nix/store/00000000000000000000000000000000-p.drv" is an input and cannot be found [store/missing-derivation]
      hint: emit it before the derivations that use it"
  `);
});

it("store/bad-json: a text that is no JSON", async () => {
  const read = (text: string) => errorOf(() => parseJson(b(text)));
  expect(await read("")).toMatchInlineSnapshot(`"json@0: not JSON: a value is wanted here [store/bad-json]"`);
  expect(await read('{"a" 1}')).toMatchInlineSnapshot(
    `"json@5: not JSON: ":" is wanted here [store/bad-json]"`,
  );
  expect(await read('["\\ud800"]')).toMatchInlineSnapshot(
    `"json@8: not JSON: half of a surrogate pair is missing [store/bad-json]"`,
  );
  expect(await read('["\xff"]')).toMatchInlineSnapshot(
    `"json@1: not JSON: a text is not UTF-8 [store/bad-json]"`,
  );
  expect(await read("[".repeat(600))).toMatchInlineSnapshot(
    `"json@513: not JSON: it is nested more than 512 deep [store/bad-json]"`,
  );
  expect(await read("1e999")).toMatchInlineSnapshot(
    `"json@0: not JSON: "1e999" is too large for a number [store/bad-json]"`,
  );
});

it("store/not-utf8: a text that JSON cannot hold, and where it is", async () => {
  const value = new Map([[b("steps"), [new Map([[b("command"), b("gcc caf\xe9.c")]])]]]);
  expect(await errorOf(() => printJson(value))).toMatchInlineSnapshot(`
    ""gcc caf�.c" in steps[0].command is not UTF-8, and JSON takes nothing else [store/not-utf8]
      hint: rename the file or variable that holds these bytes, or pass them as base64"
  `);
});

it("store/bad-nar and store/bad-tree: what is no archive, and what cannot become one", async () => {
  const good = narOfFile(b("contents"));
  expect(await errorOf(() => parseNar(good.subarray(0, 80), b("x.nar")))).toMatchInlineSnapshot(`
    "x.nar@72: not a NAR: it ends in the middle [store/bad-nar]
      hint: make it again, as \`nix-store --dump\` does"
  `);
  expect(await errorOf(() => parseNar(Buffer.concat([good, good]), b("x.nar")))).toMatchInlineSnapshot(`
    "x.nar@120: not a NAR: something follows the archive [store/bad-nar]
      hint: make it again, as \`nix-store --dump\` does"
  `);
  expect(await errorOf(() => parseNar(Buffer.from("hello"), b("x.nar")))).toMatchInlineSnapshot(`
    "x.nar@0: not a NAR: it ends in the middle [store/bad-nar]
      hint: make it again, as \`nix-store --dump\` does"
  `);
  const entry: NarNode = {
    kind: "directory",
    entries: new Map([[b(".."), { kind: "symlink", target: b("x") }]]),
  };
  expect(await errorOf(() => narOf(entry))).toMatchInlineSnapshot(
    `"".." cannot be the name of a file: it is a step in a path [store/bad-tree]"`,
  );
  expect(await errorOf(() => narOf({ kind: "symlink", target: b("") }))).toMatchInlineSnapshot(
    `""" cannot be the target of a symlink [store/bad-tree]"`,
  );
});

it("store/bad-order, store/missing-reference and store/changed-contents: what cannot be delivered", async () => {
  const first = textObject(b("first"), b("1"));
  const second = textObject(b("second"), b("2"), [first.path]);
  expect(await errorOf(() => bottomUp([second, first]))).toMatchInlineSnapshot(`
    ""/nix/store/z237fjyvdwrn13v8dr516m772xsb01xw-second" comes before "/nix/store/xh85mi8xl3sr6s2f9sh8gqgi2r4f6rw7-first", to which it refers [store/bad-order]
      hint: deliver objects after everything that they refer to"
  `);
  expect(await errorOf(() => memorySink(new Set()).deliver([second]))).toMatchInlineSnapshot(`
    ""/nix/store/z237fjyvdwrn13v8dr516m772xsb01xw-second" refers to "/nix/store/xh85mi8xl3sr6s2f9sh8gqgi2r4f6rw7-first", which is not in the store [store/missing-reference]
      hint: deliver or build that path first"
  `);
  expect(
    await errorOf(() => archiveOfObject({ ...first, contents: () => Buffer.from("other") })),
  ).toMatchInlineSnapshot(`
    "the contents of "/nix/store/xh85mi8xl3sr6s2f9sh8gqgi2r4f6rw7-first" do not give its path [store/changed-contents]
      hint: a source changed while it was read: run again"
  `);
});

it("store/other-cache and store/cannot-write: a directory that cannot be the cache", async () => {
  const directory = mkdtempSync(join(tmpdir(), "unravel-errors-"));
  const shown = async (act: () => unknown) => (await errorOf(act)).replaceAll(directory, "DIR");
  try {
    writeFileSync(join(directory, "nix-cache-info"), "StoreDir: /other/store\n");
    expect(await shown(() => cacheSink(directory).deliver([]))).toMatchInlineSnapshot(`
      "the cache in "DIR" is for the store directory "/other/store" [store/other-cache]
        hint: give another directory, or plan for that store instead of "/nix/store""
    `);
    expect(
      await shown(() => cacheSink(join(directory, "nix-cache-info")).deliver([])),
    ).toMatchInlineSnapshot(`
      "cannot write the cache "DIR/nix-cache-info": ENOTDIR: not a directory, mkdir 'DIR/nix-cache-info/nar' [store/cannot-write]
        hint: give a directory that can be written and has space; objects written before are whole"
    `);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
