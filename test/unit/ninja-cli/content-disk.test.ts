// The disk by contents: what counts as changed, what as missing.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContentDisk, type FileRow } from "../../../cli/ninja/content-disk.ts";
import { loadState, saveState } from "../../../cli/ninja/state-file.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";

const a = asBytes("a");

describe("a disk by contents", () => {
  let directory: string;
  let rows: Map<Bytes, FileRow>;
  const open = (): ContentDisk => new ContentDisk(directory, rows, join(directory, "clock"));
  const write = (text: string, seconds?: number): void => {
    writeFileSync(join(directory, "a"), text);
    if (seconds !== undefined) utimesSync(join(directory, "a"), seconds, seconds);
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "unravel-disk-"));
    rows = new Map();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("tells the time of a file that it sees first, as ninja does, but none in the future", () => {
    write("1", 1000);
    expect(open().stat(a)).toBe(1000 * 1e6);
    rows.clear();
    write("1", 1e11);
    expect(open().stat(a)).toBeLessThanOrEqual(Date.now() * 1000);
    expect(open().stat(asBytes("absent"))).toBe(0);
    expect(open().stat(asBytes("a/b"))).toBe(0);
  });

  it("does not see a touch", () => {
    write("1", 1000);
    const before = open().stat(a);
    write("1", 2000);
    expect(open().stat(a)).toBe(before);
  });

  it("sees other contents with an older time, or with the same time and size", async () => {
    write("1", 1000);
    const before = open().stat(a);
    await pause(60);
    write("2", 1000);
    const after = open().stat(a);
    expect(after).toBeGreaterThan(before);
    await pause(60);
    write("3", 500);
    expect(open().stat(a)).toBeGreaterThan(after);
  });

  it("takes what a step made and somebody changed for missing, until it is made again", () => {
    write("1");
    const disk = open();
    disk.noteMade(a);
    const time = disk.stat(a);
    expect(time).toBeGreaterThan(0);
    write("somebody else's");
    expect(disk.stat(a)).toBe(0);
    expect(open().stat(a)).toBe(0);
    write("1");
    disk.noteMade(a);
    expect(disk.stat(a)).toBe(time);
    write("somebody else's");
    expect(disk.accept(a)).toBeGreaterThan(time);
  });

  it("takes a file that changed while it was read for changed", () => {
    write("1");
    const disk = open();
    disk.noteRead(a, Date.now() - 10_000);
    const before = rows.get(a)?.time ?? 0;
    expect(open().stat(a)).toBeGreaterThan(before);
    rows.clear();
    write("1", 1000);
    disk.noteRead(a, Date.now() + 10_000);
    expect(open().stat(a)).toBe(rows.get(a)?.time);
  });

  it("counts a file that a command of this machine wrote as changed, with the same contents, too", async () => {
    write("1", 1000);
    const disk = open();
    const before = disk.stat(a);
    disk.noteRun(a);
    expect(disk.stat(a)).toBe(before);
    await pause(60);
    write("1");
    disk.noteRun(a);
    expect(disk.stat(a)).toBeGreaterThan(before);
  });

  it("sees what appears in a directory, but not what an editor leaves there", async () => {
    mkdirSync(join(directory, "d"));
    const d = asBytes("d/");
    const before = open().stat(d);
    await pause(60);
    writeFileSync(join(directory, "d/.x.h.swp"), "");
    writeFileSync(join(directory, "d/x.h~"), "");
    expect(open().stat(d)).toBe(before);
    await pause(60);
    writeFileSync(join(directory, "d/x.h"), "");
    expect(open().stat(d)).toBeGreaterThan(before);
  });

  it("has a clock that never stands still", () => {
    const disk = open();
    expect(disk.clock()).toBeLessThan(disk.clock());
  });

  it("is remembered in a file, any bytes in names, and starts anew when that is broken", async () => {
    const name = asBytes("\xff \0\n\"'");
    const file = join(directory, "state/ninja");
    const state = loadState(file);
    const row = {
      inode: 1,
      size: 2,
      modified: 3.25,
      changed: 4.5,
      hash: asBytes("h"),
      time: 5,
      isMade: true,
    };
    state.files.set(name, row);
    state.buildLog.record(name, { command: asBytes("c"), start: 1, end: 2, mtime: 3 });
    state.depsLog.record(name, { mtime: 4, files: [a, name] });
    state.salt = asBytes("salt");
    await saveState(file, state);
    const again = loadState(file);
    expect([...again.files]).toEqual([[name, row]]);
    expect(again.buildLog.lookup(name)).toEqual({ command: "c", start: 1, end: 2, mtime: 3 });
    expect(again.depsLog.lookup(name)).toEqual({ mtime: 4, files: [a, name] });
    expect([again.salt, again.buildLog.isChanged]).toEqual(["salt", false]);
    writeFileSync(file, "{");
    expect(loadState(file).files.size).toBe(0);
    writeFileSync(file, '{"format":"another"}');
    expect(loadState(file).files.size).toBe(0);
  });
});
