// Tar archives with any header a test asks for: what `npm pack` would never write.

import { gzipSync } from "node:zlib";

export interface RawEntry {
  readonly path: string;
  /** The type of the header: "0" file, "1" hard link, "2" symlink, "3" device, "5" directory, "x" pax … */
  readonly type?: string;
  readonly contents?: string;
  readonly mode?: number;
  readonly target?: string;
  /** A sum that is not of the header. */
  readonly isDamaged?: boolean;
}

/** An archive without compression; `end` is what follows the entries. */
export function rawTar(entries: readonly RawEntry[], end: Buffer = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), end]);
}

export function rawTarball(entries: readonly RawEntry[]): Buffer {
  return gzipSync(rawTar(entries), { level: 1 });
}

/** A pax header for the entry after it. */
export function paxEntry(records: Readonly<Record<string, string>>): RawEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest);
    while (String(length).length + Buffer.byteLength(rest) !== length)
      length = String(length).length + Buffer.byteLength(rest);
    return `${length}${rest}`;
  });
  return { path: "PaxHeader/x", type: "x", contents: lines.join("") };
}

function blocksOf({
  path,
  type = "0",
  contents = "",
  mode = 0o644,
  target = "",
  isDamaged = false,
}: RawEntry): readonly Buffer[] {
  const data = Buffer.from(contents);
  const block = Buffer.alloc(512);
  block.write(path.slice(0, 100), 0);
  block.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(target.slice(0, 100), 157);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, isDamaged ? 1 : 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [block, data, Buffer.alloc(-data.length & 511)];
}
