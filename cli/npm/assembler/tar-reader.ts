// Reads a tar archive as npm's own reader does (node-tar): ustar, pax and GNU long names; headers with a wrong sum are
// passed over; whatever follows two empty blocks is not looked at. Pure; where entries may lie is for others.

export interface TarEntry {
  /** As in the archive. */
  readonly path: string;
  readonly type: "device" | "directory" | "file" | "link" | "symlink" | "unknown";
  readonly mode: number;
  /** Of links. */
  readonly target: string;
  /** A view of the archive; empty for all but files. */
  readonly body: Buffer;
}

/** What makes an archive unusable. */
export class TarError extends Error {
  override readonly name = "TarError";
}

const blockSize = 512;
/** Longer extended headers are passed over, as npm does. */
const longestMeta = 1 << 20;

const types: ReadonlyMap<string, TarEntry["type"] | MetaType> = new Map([
  ["\0", "file"],
  ["0", "file"],
  ["7", "file"],
  ["1", "link"],
  ["2", "symlink"],
  ["3", "device"],
  ["4", "device"],
  ["6", "device"],
  ["5", "directory"],
  ["D", "directory"],
  ["g", "globalPax"],
  ["x", "pax"],
  ["X", "pax"],
  ["K", "longLink"],
  ["L", "longPath"],
  ["N", "longPath"],
]);

/** Every entry, in the order of the archive. */
export function* tarEntries(archive: Buffer): Generator<TarEntry> {
  let at = 0;
  let wasEmpty = false;
  let count = 0;
  let extended = new Map<string, string>();
  const global = new Map<string, string>();
  while (at + blockSize <= archive.length) {
    const header = archive.subarray(at, at + blockSize);
    at += blockSize;
    if (isEmpty(header)) {
      if (wasEmpty) break;
      wasEmpty = true;
      continue;
    }
    wasEmpty = false;
    if (!hasRightSum(header)) continue;
    const name = extended.get("path") ?? nameOf(header);
    const target = extended.get("linkpath") ?? textAt(header, 157, 100);
    const letter = header.toString("latin1", 156, 157);
    const known = types.get(letter) ?? "unknown";
    const type = known === "file" && letter !== "7" && name.endsWith("/") ? "directory" : known;
    // Such a header is passed over, and not what would follow it.
    if (name === "" || (!isMeta(type) && isLink(type) !== (target !== ""))) continue;
    // Some programs write the size of the directory file, which has no contents here.
    const size =
      type === "directory"
        ? 0
        : Number(extended.get("size") ?? global.get("size") ?? numberAt(header, 124, 12) ?? 0);
    if (!Number.isSafeInteger(size) || size < 0 || at + size > archive.length)
      throw new TarError(`it ends within "${name}"`);
    const body = archive.subarray(at, at + size);
    at += Math.ceil(size / blockSize) * blockSize;
    if (isMeta(type)) {
      if (size > longestMeta) continue;
      if (type === "longPath") extended.set("path", untilNul(body.toString("utf8")));
      if (type === "longLink") extended.set("linkpath", untilNul(body.toString("utf8")));
      if (type === "pax") extended = new Map([...extended, ...paxRecords(body)]);
      if (type === "globalPax") for (const [key, value] of paxRecords(body)) global.set(key, value);
      continue;
    }
    extended = new Map();
    count++;
    yield {
      path: name,
      type,
      mode: (numberAt(header, 100, 8) ?? 0) & 0o7777,
      target,
      body: type === "file" ? body : body.subarray(0, 0),
    };
  }
  if (count === 0) throw new TarError("it is no tar archive");
}

type MetaType = "globalPax" | "longLink" | "longPath" | "pax";

/** A header about the headers after it. */
function isMeta(type: TarEntry["type"] | MetaType): type is MetaType {
  return type === "globalPax" || type === "pax" || type === "longLink" || type === "longPath";
}

function isLink(type: TarEntry["type"] | MetaType): boolean {
  return type === "link" || type === "symlink";
}

function isEmpty(header: Buffer): boolean {
  return header.every((byte) => byte === 0);
}

function hasRightSum(header: Buffer): boolean {
  // The sum's own field counts as eight blanks.
  let sum = 8 * 0x20;
  for (let i = 0; i < blockSize; i++) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  return numberAt(header, 148, 8) === sum;
}

function nameOf(header: Buffer): string {
  const name = textAt(header, 0, 100);
  const isUstar = header.toString("latin1", 257, 265) === "ustar\x0000";
  const prefix = !isUstar ? "" : textAt(header, 345, header[475] === 0 ? 130 : 155);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textAt(buffer: Buffer, start: number, length: number): string {
  return untilNul(buffer.toString("utf8", start, start + length));
}

function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Octal digits, or GNU's binary form for large numbers. */
function numberAt(buffer: Buffer, start: number, length: number): number | undefined {
  if (((buffer[start] ?? 0) & 0x80) === 0) {
    const value = Number.parseInt(untilNul(buffer.toString("latin1", start, start + length)).trim(), 8);
    return Number.isNaN(value) ? undefined : value;
  }
  let value = 0;
  for (let i = start + 1; i < start + length; i++) value = value * 256 + (buffer[i] ?? 0);
  return buffer[start] === 0x80 ? value : undefined;
}

/** "25 path=package/index.js\n", repeated; the number is the length of the line. */
function paxRecords(body: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (const line of body.toString("utf8").replace(/\n$/, "").split("\n")) {
    const length = Number.parseInt(line, 10);
    if (length !== Buffer.byteLength(line) + 1) continue;
    const equals = line.indexOf("=");
    const key = line.slice(line.indexOf(" ") + 1, equals);
    if (equals > 0) records.set(key, line.slice(equals + 1));
  }
  return records;
}
