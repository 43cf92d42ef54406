// Makes the paths of a command line absolute and remembers which directories their spelling goes through.

import { asBytes, type Bytes } from "../bytes.ts";
import { passedDirectories, resolveFrom } from "./path.ts";

export class PathReader {
  /** See `CompileInvocation.passed`. */
  readonly passed: Map<Bytes, readonly Bytes[]> = new Map();
  private readonly cwd: Bytes;

  constructor(cwd: Bytes) {
    this.cwd = cwd;
  }

  /** A directory that names are looked up in. */
  search(path: Bytes): Bytes {
    const found = resolveFrom(this.cwd, path);
    this.remember(found, path);
    return found;
  }

  file(path: Bytes): Bytes {
    this.remember(asBytes(""), path);
    return resolveFrom(this.cwd, path);
  }

  private remember(key: Bytes, path: Bytes): void {
    const passed = passedDirectories(this.cwd, path);
    if (passed.length > 0) this.passed.set(key, [...(this.passed.get(key) ?? []), ...passed]);
  }
}
