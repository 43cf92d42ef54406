// Zip archives whose entries are stored as they are, as libzip writes them for yarn: written to the byte, and read back.

/** One entry; the path of a directory ends in a slash. */
export interface ZipEntry {
  readonly path: string;
  /** With the type of file, as `stat` has it. */
  readonly mode: number;
  readonly body: Buffer;
}

/** What makes an archive unusable. */
export class ZipError extends Error {
  override readonly name = "ZipError";
}

/** 1984-06-22 21:50:00: the time that yarn gives to everything. */
const time = 0xae40;
const date = 0x08d6;
const made = (3 << 8) | 63;
const largest = 0xffff_fffe;

/** In the order that is given. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { path, mode, body } of entries) {
    const name = Buffer.from(path);
    // What both headers have in common: 26 bytes.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(path.endsWith("/") ? 20 : 10, 0);
    common.writeUInt16LE(isPlain(name) ? 0 : 0x800, 2);
    common.writeUInt16LE(time, 6);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(body.length, 18);
    common.writeUInt16LE(name.length, 22);
    const central = Buffer.alloc(20);
    central.write("PK\x01\x02", "latin1");
    central.writeUInt16LE(made, 4);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(mode * 0x1_0000, 6);
    rest.writeUInt32LE(at, 10);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, name, body);
    directory.push(central.subarray(0, 6), common, rest, name);
    at += 30 + name.length + body.length;
    if (at > largest) throw new ZipError("it holds more than 4 GiB");
  }
  const index = Buffer.concat(directory);
  if (entries.length > 0xfffe) throw new ZipError(`it has ${entries.length} entries`);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, index, end]);
}

/** The entries of an archive of this form; any other is refused. */
export function* zipEntries(archive: Buffer): Generator<ZipEntry> {
  const end = archive.length - 22;
  if (end < 0 || archive.toString("latin1", end, end + 4) !== "PK\x05\x06") throw notStored();
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || archive.toString("latin1", at, at + 4) !== "PK\x01\x02") throw notStored();
    const [size, stored] = [archive.readUInt32LE(at + 24), archive.readUInt32LE(at + 20)];
    const [length, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field));
    const start = archive.readUInt32LE(at + 42);
    if (archive.readUInt16LE(at + 10) !== 0 || size !== stored || start + 30 > end) throw notStored();
    const from = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28);
    if (from + size > end) throw notStored();
    yield {
      path: archive.toString("utf8", at + 46, at + 46 + (length ?? 0)),
      mode: archive.readUInt16LE(at + 40),
      body: archive.subarray(from, from + size),
    };
    at += 46 + (length ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
}

function notStored(): ZipError {
  return new ZipError("it is no archive of stored files");
}

function isPlain(name: Buffer): boolean {
  return name.every((byte) => byte < 0x80);
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb8_8320;
  return value;
});

function crc32(body: Buffer): number {
  let sum = 0xffff_ffff;
  for (let i = 0; i < body.length; i++) sum = (sum >>> 8) ^ (table[(sum ^ (body[i] ?? 0)) & 0xff] ?? 0);
  return (sum ^ 0xffff_ffff) >>> 0;
}
