// Real crates for tests: Debian's, packed as `.crate` files with GNU tar, and a loopback registry that serves them.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Packs a crate as cargo does: below NAME-VERSION, without what belongs to a vendored directory. */
export function packCrate(vendored: string, stem: string, to: string): string {
  mkdirSync(to, { recursive: true });
  const file = join(to, `${stem}.crate`);
  if (existsSync(file)) return file;
  const options = ["--sort=name", "--mtime=@1000000000", "--owner=0", "--group=0", "--numeric-owner"];
  const left = [".cargo-checksum.json", "debian"].map((name) => `--exclude=${stem}/${name}`);
  execFileSync("tar", [
    ...options,
    ...left,
    "--use-compress-program=gzip -n1",
    "-cf",
    file,
    "-C",
    vendored,
    stem,
  ]);
  return file;
}

export function sha256Of(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** A lockfile whose registry packages have the checksums of packed crates, which are made where needed. */
export function relock(lock: string, vendored: string, to: string): string {
  return lock.replace(
    // Some of Debian's have none.
    /name = "([^"]+)"\nversion = "([^"]+)"\n(source = "[^"]+"\n)(?:checksum = "[^"]*"\n)?/g,
    (_, name: string, version: string, source: string) => {
      const checksum = sha256Of(packCrate(vendored, `${name}-${version}`, to));
      return `name = "${name}"\nversion = "${version}"\n${source}checksum = "${checksum}"\n`;
    },
  );
}

export interface CrateRegistry {
  /** `dl` of its config.json. */
  readonly template: string;
  /** What was asked for, in order. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

/** Serves `.crate` files of a directory at /PREFIX/NAME/VERSION.crate. */
export async function serveCrates(directory: string): Promise<CrateRegistry> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const [, name, version] = /\/([^/]+)\/([^/]+)\.crate$/.exec(path) ?? [];
    const file = join(directory, `${name}-${version}.crate`);
    if (name === undefined || !existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/gzip" }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    template: `http://127.0.0.1:${port}/{lowerprefix}/{crate}/{version}.crate`,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
