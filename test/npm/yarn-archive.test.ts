// Archives that yarn makes of tarballs, by the checksums that yarn 4 itself wrote (scripts/make-package-goldens.mjs).

import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeArchive } from "../../cli/npm/assembler/archive.ts";
import { unpackArchive } from "../../cli/npm/assembler/unpack.ts";
import { yarnArchive } from "../../cli/npm/assembler/yarn-archive.ts";
import { ZipError, zipOf } from "../../cli/npm/assembler/zip.ts";
import { packages } from "./packages.ts";
import { openRegistry, pack, type Registry } from "./registry.ts";

const golden = join(import.meta.dirname, "../golden/packages");

interface Locked {
  readonly name: string;
  readonly reference: string;
  readonly version: string;
  readonly checksum: string;
}

function lockedIn(project: string): readonly Locked[] {
  const lock = readFileSync(join(golden, project, "yarn.lock"), "utf8");
  const entry =
    /version: (\S+)\n {2}resolution: "(@?[^@"]+)@((?:npm|https):[^"]*)"\n(?: {2}.*\n)*? {2}checksum: 10c0\/(\w+)\n/g;
  return [...lock.matchAll(entry)].map(
    ([, version = "", name = "", reference = "", checksum = ""]): Locked => ({
      name,
      reference,
      version,
      checksum,
    }),
  );
}

function tarballOf({ name, version }: Pick<Locked, "name" | "version">): Buffer {
  const own = name === "remote" ? "leaf" : name;
  const found = packages.find(({ manifest }) => manifest.name === own && manifest.version === version);
  if (found === undefined) throw new Error(`no package ${name}@${version}`);
  return pack(found);
}

function checksumOf(data: Buffer): string {
  return createHash("sha512").update(data).digest("hex");
}

describe("yarn's archive of a tarball", () => {
  let directory: string;
  let registry: Registry;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "unravel-yarn-"));
    registry = await openRegistry(packages);
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await registry.close();
  });

  it("has the checksum that yarn 4 locks", () => {
    const all = ["yarn-4-everything", "yarn-4-archives"].flatMap(lockedIn);
    expect(all.length).toBeGreaterThan(18);
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(["remote", "@scope/odd", "bundler"]));
    for (const one of all) {
      const made = checksumOf(yarnArchive(tarballOf(one), `node_modules/${one.name}`));
      expect(`${one.name}@${one.version} ${made}`).toBe(`${one.name}@${one.version} ${one.checksum}`);
    }
  });

  it("is unpacked to what yarn installs", () => {
    const to = join(directory, "odd");
    mkdirSync(to);
    const archive = yarnArchive(
      tarballOf({ name: "@scope/odd", version: "1.0.0" }),
      "node_modules/@scope/odd",
    );
    unpackArchive(archive, to, (message) => expect(message).toBe(""));
    const paths = readdirSync(to, { recursive: true, encoding: "utf8" }).sort();
    expect(paths).toEqual(
      [
        ...[".gitignore", "deep", "deep/er", "deep/er/b.js", "dotted.js", "empty", "lib", "lib/a.js", "link"],
        ...["package.json", "\u00fc.js"],
      ].sort(),
    );
    const installed = readFileSync(join(golden, "yarn-4-archives/installed.txt"), "utf8");
    const place = "node_modules/@scope/odd/";
    const link = new RegExp(`^link ${place}(\\S+) -> (.*)$`, "m").exec(installed);
    expect(readlinkSync(join(to, link?.[1] ?? ""))).toBe(link?.[2]);
    const programs = paths.filter((path) => {
      const stat = lstatSync(join(to, path));
      return stat.isFile() && (stat.mode & 0o111) !== 0;
    });
    expect(programs.map((path) => `program ${place}${path}`)).toEqual(installed.match(/^program .*$/gm));
    expect(readFileSync(join(to, "lib/a.js"), "utf8")).toBe("again\n");
  });

  it("leads nowhere else, whoever made it", () => {
    const to = join(directory, "hostile");
    mkdirSync(to);
    const body = Buffer.from("x");
    const place = "node_modules/a/";
    const unpack = (path: string, mode = 0o100_644, text = body): readonly string[] => {
      const said: string[] = [];
      unpackArchive(zipOf([{ path, mode, body: text }]), to, (message) => said.push(message));
      return said;
    };
    for (const path of ["../b", "/../../b", "x//b", "x/../../../b", "a\0b"])
      expect(() => unpack(`${place}${path}`)).toThrow(ZipError);
    for (const target of ["../x", "/etc/passwd", "x/../../y"]) {
      expect(unpack(`${place}link`, 0o120_777, Buffer.from(target))).toEqual([
        'the link "link" leads out of the package and is left out',
      ]);
    }
    expect(readdirSync(to)).toEqual([]);
    expect(existsSync(join(directory, "b"))).toBe(false);
  });

  it("is refused when it is none, or compressed", () => {
    const good = zipOf([{ path: "node_modules/a/b", mode: 0o100_644, body: Buffer.from("text") }]);
    const compressed = Buffer.from(good);
    compressed.writeUInt16LE(8, good.indexOf("PK\x01\x02") + 10);
    const far = Buffer.from(good);
    far.writeUInt32LE(0x7fff_ffff, good.length - 22 + 16);
    for (const bad of [
      Buffer.alloc(0),
      Buffer.alloc(100),
      good.subarray(0, -1),
      good.subarray(1),
      compressed,
      far,
    ])
      expect(() => unpackArchive(bad, directory, () => undefined)).toThrow(ZipError);
  });

  it("is kept when it has the checksum, and the address is named when it has not", async () => {
    const url = `${registry.url}leaf/-/leaf-2.0.0.tgz`;
    const out = join(directory, "leaf.zip");
    const { checksum } = lockedIn("yarn-4-everything").find(
      ({ name, version }) => name === "leaf" && version === "2.0.0",
    ) ?? { checksum: "" };
    const request = { url, archive: "node_modules/leaf", out };
    await makeArchive({ ...request, outputHash: checksum }, () => undefined);
    expect(checksumOf(readFileSync(out))).toBe(checksum);
    const wrong = "0".repeat(128);
    await expect(makeArchive({ ...request, outputHash: wrong }, () => undefined)).rejects.toMatchObject({
      message: `${url}: yarn's archive of it has the checksum ${checksum}, and yarn.lock has ${wrong}`,
      hint: "the registry has another tarball than the one that was locked: run yarn install; or give the tarball's own hash in integrity = { … }",
    });
  });

  it("names the address that is not there, at once, and one that does not answer, after it tried again", async () => {
    const archive = { archive: "node_modules/a", outputHash: "", out: join(directory, "none") };
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const missing = `${registry.url}a/-/a-1.0.0.tgz`;
    await expect(makeArchive({ ...archive, url: missing }, say)).rejects.toMatchObject({
      message: `${missing} cannot be fetched: the registry answers 404 Not Found`,
      hint: "correct the registry, or give the tarball's own hash in integrity = { … }, by which Nix itself fetches it",
    });
    expect(said).toEqual([]);
    let asked = 0;
    const busy = createServer((_, response) => {
      asked++;
      response.writeHead(503).end();
    });
    await new Promise<void>((done) => busy.listen(0, "127.0.0.1", done));
    const address = busy.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/a.tgz`;
    try {
      await expect(makeArchive({ ...archive, url }, say, 1)).rejects.toThrow(
        `${url} cannot be fetched: the registry answers 503 Service Unavailable`,
      );
    } finally {
      busy.closeAllConnections();
      await new Promise((done) => busy.close(done));
    }
    expect(asked).toBe(5);
    expect(said[0]).toBe(
      `${url}: the registry answers 503 Service Unavailable; retrying in 1 ms (attempt 1/5)`,
    );
    said.length = 0;
    await expect(makeArchive({ ...archive, url }, say, 1)).rejects.toThrow(
      /cannot be fetched: .*ECONNREFUSED/,
    );
    expect(said).toHaveLength(4);
  });
});
