// Tarballs as `npm pack` makes them, written by the test so that no network is needed: ustar, gzip, and everything in
// them fixed but the contents.

import { gzipSync } from "node:zlib";

export interface TarEntry {
  readonly path: string;
  readonly contents?: string | Uint8Array;
  readonly mode?: number;
}

export function tarball(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, contents = "", mode = 0o644 }) => {
    const data = Buffer.from(contents);
    return [header(path, data.length, mode), data, Buffer.alloc(-data.length & 511)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 1 });
}

function header(path: string, size: number, mode: number): Buffer {
  const block = Buffer.alloc(512);
  if (path.length > 100) throw new Error(`too long for this writer: ${path}`);
  block.write(path, 0, "latin1");
  block.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
