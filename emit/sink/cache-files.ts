// The files of a binary cache in a directory. Each appears with its whole contents or not at all.

import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { asBytes, type Bytes, fromBuffer, toBuffer, toText } from "../../graph/bytes.ts";
import { type Diagnostic, fail, InputError } from "../../graph/diagnostic.ts";
import { sha256 } from "../hash.ts";
import { archiveUrl, type Compression, type NarInfo, printNarInfo } from "../nar-info.ts";
import type { SigningKey } from "../signing-key.ts";
import { hashPartOf } from "../store-path.ts";
import { compress } from "./compress.ts";

export interface CacheOptions {
  /** "none" unless given. */
  readonly compression?: Compression;
  readonly key?: SigningKey | undefined;
}

/** Everything about a path but how its archive is packed. */
export type PathFacts = Omit<NarInfo, "compression" | "fileHex" | "fileSize">;

const partialPrefix = ".partial-";
/** Milliseconds after which nobody writes there any more: who did was killed. */
const longestWrite = 24 * 3600 * 1000;

export class CacheFiles {
  readonly #directory: string;
  readonly #partial: string;
  readonly #options: CacheOptions;
  #count = 0;
  #isReady = false;

  constructor(directory: string, options: CacheOptions = {}) {
    this.#directory = directory;
    this.#partial = join(directory, `${partialPrefix}${randomBytes(6).toString("hex")}`);
    this.#options = options;
  }

  has(path: Bytes): boolean {
    return existsSync(join(this.#directory, infoName(path)));
  }

  /** A directory that is a cache for another store is refused. */
  open(storeDir: Bytes): void {
    const file = join(this.#directory, "nix-cache-info");
    if (!existsSync(file)) {
      this.write("nix-cache-info", toBuffer(asBytes(`StoreDir: ${storeDir}\n`)));
      return;
    }
    const found = /^StoreDir:[ \t]*(.*?)[ \t]*$/m.exec(fromBuffer(readFileSync(file)))?.[1] ?? "";
    if (found === storeDir) return;
    fail({
      code: "store/other-cache",
      message: `the cache in "${this.#directory}" is for the store directory "${toText(asBytes(found))}"`,
      hint: `give another directory, or plan for that store instead of "${toText(storeDir)}"`,
    });
  }

  /** The bytes that the archive takes in the cache. */
  async put(facts: PathFacts, nar: Uint8Array): Promise<number> {
    const { compression = "none", key } = this.#options;
    const packed = await compress(nar, compression);
    const fileHex = compression === "none" ? facts.narHex : sha256(packed);
    const info: NarInfo = { ...facts, compression, fileHex, fileSize: packed.length };
    // The info comes last: whoever sees it finds the archive.
    this.write(archiveUrl(info), packed);
    this.write(infoName(facts.path), toBuffer(printNarInfo(info, key)));
    return packed.length;
  }

  write(name: string, contents: Uint8Array): void {
    if (!this.#isReady) {
      mkdirSync(join(this.#directory, "nar"), { recursive: true });
      this.#sweep();
      mkdirSync(this.#partial);
      this.#isReady = true;
    }
    const partial = join(this.#partial, String(this.#count++));
    writeFileSync(partial, contents, { flag: "wx" });
    mkdirSync(dirname(join(this.#directory, name)), { recursive: true });
    renameSync(partial, join(this.#directory, name));
  }

  /** Removes what writers that were killed left, and not what others write at this time. */
  #sweep(): void {
    for (const name of readdirSync(this.#directory)) {
      if (!name.startsWith(partialPrefix)) continue;
      const place = join(this.#directory, name);
      const stat = lstatSync(place, { throwIfNoEntry: false });
      if (stat !== undefined && Date.now() - stat.mtimeMs > longestWrite)
        rmSync(place, { recursive: true, force: true });
    }
  }

  /** Removes what a failure left half written. */
  clean(): void {
    if (this.#isReady) rmSync(this.#partial, { recursive: true, force: true });
    this.#isReady = false;
  }
}

function infoName(path: Bytes): string {
  return `${hashPartOf(path)}.narinfo`;
}

/** What the file system refuses is the machine's business, not a bug of ours. */
export function cannotWrite(directory: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  const diagnostic: Diagnostic = {
    code: "store/cannot-write",
    message: `cannot write the cache "${directory}": ${error.message}`,
    hint: "give a directory that can be written and has space; objects written before are whole",
  };
  return new InputError([diagnostic], 3, { cause: error });
}
