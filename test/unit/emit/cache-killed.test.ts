// A binary cache whose writer is killed in the middle: what is there is whole, and the next writer goes on.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { cacheSink } from "../../../emit/sink/cache.ts";
import type { Delivery } from "../../../emit/sink/sink.ts";
import { objects } from "./cache-writer.ts";
import { temporaryDirectory } from "./temporary.ts";

const count = objects.length;

const namesIn = (directory: string): readonly string[] => readdirSync(directory);
const infosIn = (directory: string): readonly string[] =>
  namesIn(directory).filter((name) => name.endsWith(".narinfo"));

/** Each info is whole, and so is the archive that it names. */
function expectWhole(directory: string): void {
  for (const name of infosIn(directory)) {
    const info = readFileSync(join(directory, name), "utf8");
    const field = (key: string): string => new RegExp(`^${key}: (.*)\n`, "m").exec(info)?.[1] ?? "";
    const archive = readFileSync(join(directory, field("URL")));
    expect(String(archive.length), name).toBe(field("FileSize"));
    expect(String(gunzipSync(archive).length), name).toBe(field("NarSize"));
    expect(field("CA"), name).toMatch(/^text:sha256:/);
  }
}

describe("a cache whose writer is killed", () => {
  const directory = temporaryDirectory();
  const script = join(directory, "writer.mjs");
  beforeAll(async () => {
    const bundled = await build({
      entryPoints: [join(import.meta.dirname, "cache-writer.ts")],
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
    });
    writeFileSync(script, bundled.outputFiles[0]?.contents ?? "");
  });
  const deliver = (to: string): Promise<Delivery> =>
    cacheSink(to, undefined, { compression: "gzip" }).deliver(objects);
  const partials = (cache: string): readonly string[] =>
    namesIn(cache).filter((name) => name.startsWith(".partial-"));

  // The first rename is that of nix-cache-info; then come archive and info of each object.
  it.each([
    ["before an archive has its name", 22, 10],
    ["between an archive and its info", 23, 10],
  ])("%s holds whole files only, and is finished by who comes next", async (_, renames, written) => {
    const cache = join(directory, `cache-${renames}`);
    const killed = spawnSync(process.execPath, [script, cache, String(renames)], { stdio: "ignore" });
    expect(killed.signal).toBe("SIGKILL");
    expect(infosIn(cache)).toHaveLength(written);
    expectWhole(cache);
    expect(partials(cache)).toHaveLength(1);

    expect(await deliver(cache)).toMatchObject({ added: count - written, present: written });
    expectWhole(cache);
    // It may be another writer's, at work: not after a day.
    expect(partials(cache)).toHaveLength(1);
    const yesterday = Date.now() / 1000 - 25 * 3600;
    utimesSync(join(cache, partials(cache)[0] ?? ""), yesterday, yesterday);
    rmSync(join(cache, infosIn(cache)[0] ?? ""));
    expect(await deliver(cache)).toMatchObject({ added: 1, present: count - 1 });
    // As if nobody had been killed.
    const fresh = join(directory, `fresh-${renames}`);
    await deliver(fresh);
    for (const folder of ["", "nar"]) {
      const [here, there] = [join(cache, folder), join(fresh, folder)];
      expect(namesIn(here)).toEqual(namesIn(there));
      for (const name of namesIn(here).filter((one) => one.includes(".")))
        expect(readFileSync(join(here, name)).equals(readFileSync(join(there, name))), name).toBe(true);
    }
  });
});
