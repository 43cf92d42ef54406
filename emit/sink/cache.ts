// Writes a binary cache as a plain directory: one NAR and one .narinfo per object. Needs no Nix; any Nix takes it
// with `nix copy --from file://DIR` or as a substituter, and content addresses make signatures needless.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asBytes, type Bytes, compareBytes, fromBuffer, toBuffer, toText } from "../../graph/bytes.ts";
import { type Diagnostic, fail, InputError } from "../../graph/diagnostic.ts";
import { nix32 } from "../base32.ts";
import { parseHex } from "../hash.ts";
import { archiveOfObject, type ObjectArchive, type StoreObject, type StoreObjects } from "../object.ts";
import { baseNameOf, hashPartOf, nixStoreDir } from "../store-path.ts";
import type { Delivery, Sink } from "./sink.ts";

/** `directory` is made if need be; a cache for another store directory is refused. */
export function cacheSink(directory: string, storeDir: Bytes = nixStoreDir): Sink {
  const writer = new Writer(directory);
  const known = new Set<Bytes>();
  /** There already, or written by this sink before. */
  const has = (path: Bytes): boolean => known.has(path) || existsSync(join(directory, infoName(path)));
  return {
    async deliver(objects) {
      try {
        writeCacheInfo(writer, directory, storeDir);
        return writeObjects(writer, objects, has, known);
      } catch (error) {
        throw cannotWrite(directory, error);
      } finally {
        writer.clean();
      }
    },
    async close() {},
  };
}

function writeObjects(
  writer: Writer,
  objects: StoreObjects,
  has: (path: Bytes) => boolean,
  known: Set<Bytes>,
): Delivery {
  const outside = new Set<Bytes>();
  let added = 0;
  let present = 0;
  let bytes = 0;
  for (const object of objects) {
    const { path, references } = object;
    for (const reference of references) if (!has(reference)) outside.add(reference);
    if (has(path)) {
      present++;
    } else {
      const archive = archiveOfObject(object);
      const url = `nar/${nix32Of(archive.narHex)}.nar`;
      // The info comes last: whoever sees it finds the archive.
      writer.write(url, archive.nar);
      writer.write(infoName(path), toBuffer(printNarInfo(object, archive, url)));
      added++;
      bytes += archive.nar.length;
    }
    known.add(path);
  }
  return { added, present, bytes, outside: [...outside].sort(compareBytes) };
}

/** The text of a .narinfo file. */
export function printNarInfo(object: StoreObject, archive: ObjectArchive, url: string): Bytes {
  const digest = `sha256:${nix32Of(archive.narHex)}`;
  const lines = [
    `StorePath: ${object.path}`,
    `URL: ${url}`,
    "Compression: none",
    `FileHash: ${digest}`,
    `FileSize: ${archive.nar.length}`,
    `NarHash: ${digest}`,
    `NarSize: ${archive.nar.length}`,
    `References: ${object.references.map(baseNameOf).join(" ")}`,
    `CA: ${archive.contentAddress}`,
  ];
  return asBytes(`${lines.join("\n")}\n`);
}

function infoName(path: Bytes): string {
  return `${hashPartOf(path)}.narinfo`;
}

function nix32Of(hex: Bytes): Bytes {
  return nix32(parseHex(hex) ?? asBytes(""));
}

function writeCacheInfo(writer: Writer, directory: string, storeDir: Bytes): void {
  const file = join(directory, "nix-cache-info");
  if (!existsSync(file)) {
    writer.write("nix-cache-info", toBuffer(asBytes(`StoreDir: ${storeDir}\n`)));
    return;
  }
  const found = /^StoreDir:[ \t]*(.*?)[ \t]*$/m.exec(fromBuffer(readFileSync(file)))?.[1] ?? "";
  if (found === storeDir) return;
  fail({
    code: "store/other-cache",
    message: `the cache in "${directory}" is for the store directory "${toText(asBytes(found))}"`,
    hint: `give another directory, or plan for that store instead of "${toText(storeDir)}"`,
  });
}

/** What the file system refuses is the machine's business, not a bug of ours. */
function cannotWrite(directory: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  const diagnostic: Diagnostic = {
    code: "store/cannot-write",
    message: `cannot write the cache "${directory}": ${error.message}`,
    hint: "give a directory that can be written and has space; objects written before are whole",
  };
  return new InputError([diagnostic], 3, { cause: error });
}

/** Files appear with their whole contents or not at all: written beside, then renamed. */
class Writer {
  readonly #directory: string;
  readonly #partial: string;
  #count = 0;
  #isReady = false;

  constructor(directory: string) {
    this.#directory = directory;
    this.#partial = join(directory, `.partial-${randomBytes(6).toString("hex")}`);
  }

  write(name: string, contents: Uint8Array): void {
    if (!this.#isReady) {
      mkdirSync(join(this.#directory, "nar"), { recursive: true });
      mkdirSync(this.#partial);
      this.#isReady = true;
    }
    const partial = join(this.#partial, String(this.#count++));
    writeFileSync(partial, contents, { flag: "wx" });
    renameSync(partial, join(this.#directory, name));
  }

  /** Removes what a failure left half written. */
  clean(): void {
    if (this.#isReady) rmSync(this.#partial, { recursive: true, force: true });
    this.#isReady = false;
  }
}
