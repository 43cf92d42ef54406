// The tree as the scanner sees it: which paths are files, which some step will make, which are not there. Each
// path and directory is asked for once.

import { asBytes, type Bytes } from "../bytes.ts";
import type { Definitions } from "./definitions.ts";
import type { Directives } from "./directives.ts";
import { baseOf, isBelow, normalize, parentOf } from "./path.ts";

export interface ScannerOptions {
  /** Absolute, normalised. Only paths below these are looked at. */
  readonly roots: readonly Bytes[];
  /** Directories of the toolchain: paths below them are recorded, not followed. */
  readonly toolchain?: readonly Bytes[];
  /** Names in a directory; `undefined` for what is not a directory. */
  readonly listDirectory: (path: Bytes) => ReadonlySet<Bytes> | undefined;
  /** `undefined` for what is not a readable file. */
  readonly readFile: (path: Bytes) => Bytes | undefined;
  /** Whether some build step makes this path. */
  readonly isGenerated?: (path: Bytes) => boolean;
  /** A unit has what any branch includes, whatever is known of macros. */
  readonly takesEveryBranch?: boolean;
}

/** "outside" is below no root: nobody looked. */
export type FileState = "file" | "generated" | "absent" | "outside";

/** One path. Compared by identity; `stamp` belongs to the scan that is running. */
export interface FileRecord {
  readonly path: Bytes;
  state: FileState;
  stamp: number;
  readonly directory: Directory;
  /** By language family. */
  directives: (Directives | undefined)[];
  definitions: Definitions | undefined;
  /** The precompiled form next to it, when there is one. */
  precompiled: FileRecord | undefined | null;
}

/** A place where names are looked up. */
export interface Directory {
  readonly path: Bytes;
  /** What a name, perhaps with slashes, means here; `null` is nothing. */
  readonly lookups: Map<Bytes, FileRecord | null>;
  /** Names in it, once somebody has asked. */
  names: ReadonlySet<Bytes> | undefined | null;
}

export class FileSystem {
  private readonly options: ScannerOptions;
  private readonly listings = new Map<Bytes, ReadonlySet<Bytes> | undefined>();
  private readonly records = new Map<Bytes, FileRecord>();
  private readonly directories = new Map<Bytes, Directory>();

  constructor(options: ScannerOptions) {
    this.options = options;
  }

  directory(path: Bytes): Directory {
    let found = this.directories.get(path);
    if (found === undefined) {
      found = { path, lookups: new Map(), names: null };
      this.directories.set(path, found);
    }
    return found;
  }

  /** What `name` means in a directory, `undefined` for nothing; absolute names mean themselves. */
  lookup(directory: Directory, name: Bytes): FileRecord | undefined {
    const known = directory.lookups.get(name);
    if (known !== undefined) return known ?? undefined;
    const found = this.find(directory, name);
    directory.lookups.set(name, found);
    return found ?? undefined;
  }

  /** Most lookups are in vain: those make no record, and no path unless somebody must be asked about it. */
  private find(directory: Directory, name: Bytes): FileRecord | null {
    if (name.startsWith("/")) return this.existing(normalize(name));
    const path = (): Bytes => normalize(asBytes(`${directory.path}/${name}`));
    if (name.includes("./") || name.includes("//") || name.endsWith(".")) return this.existing(path());
    if (directory.names === null) directory.names = this.listing(directory.path);
    const slash = name.indexOf("/");
    const first = slash < 0 ? name : asBytes(name.slice(0, slash));
    if (directory.names?.has(first) === true) return this.existing(path());
    const { isGenerated } = this.options;
    if (isGenerated === undefined || !this.isInside(directory.path)) return null;
    const asked = path();
    if (!isGenerated(asked)) return null;
    return this.records.get(asked) ?? this.remember(asked, "generated");
  }

  private existing(path: Bytes): FileRecord | null {
    const known = this.records.get(path);
    if (known !== undefined) return known.state === "absent" ? null : known;
    const state = this.stateOf(path);
    return state === "absent" ? null : this.remember(path, state);
  }

  record(path: Bytes): FileRecord {
    return this.records.get(path) ?? this.remember(path, this.stateOf(path));
  }

  private remember(path: Bytes, state: FileState): FileRecord {
    const record: FileRecord = {
      path,
      state,
      stamp: 0,
      directory: this.directory(parentOf(path)),
      directives: [],
      definitions: undefined,
      precompiled: undefined,
    };
    this.records.set(path, record);
    return record;
  }

  isInside(path: Bytes): boolean {
    return this.options.roots.some((root) => isBelow(path, root));
  }

  isToolchain(path: Bytes): boolean {
    return this.options.toolchain?.some((root) => isBelow(path, root)) ?? false;
  }

  hasDirectory(path: Bytes): boolean {
    return this.listing(path) !== undefined;
  }

  /** The bytes of a file; one that turns out not to be readable changes its state. */
  read(record: FileRecord): Bytes | undefined {
    const contents = this.options.readFile(record.path);
    if (contents !== undefined) record.state = "file";
    else if (record.state === "file") {
      record.state = this.options.isGenerated?.(record.path) === true ? "generated" : "absent";
    }
    return contents;
  }

  private stateOf(path: Bytes): FileState {
    if (!this.isInside(path)) return "outside";
    // A directory named like a header is no header: GCC goes on to the next place.
    const isListed = this.listing(parentOf(path))?.has(baseOf(path)) === true;
    if (isListed && this.listing(path) === undefined) return "file";
    return this.options.isGenerated?.(path) === true ? "generated" : "absent";
  }

  private listing(path: Bytes): ReadonlySet<Bytes> | undefined {
    const known = this.listings.get(path);
    if (known !== undefined || this.listings.has(path)) return known;
    let found: ReadonlySet<Bytes> | undefined;
    if (this.isInside(path)) {
      const parent = parentOf(path);
      // A parent that does not list it saves asking; its own listing is known by now.
      const mayBe =
        this.options.roots.includes(path) ||
        parent === path ||
        this.listing(parent)?.has(baseOf(path)) === true;
      if (mayBe) found = this.options.listDirectory(path);
    }
    this.listings.set(path, found);
    return found;
  }
}
