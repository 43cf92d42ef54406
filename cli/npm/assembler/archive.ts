// Fetches a tarball and keeps the archive that yarn would make of it: the builder of a fixed output.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { TarError } from "./tar-reader.ts";
import { largestTarball } from "./unpack.ts";
import { yarnArchive } from "./yarn-archive.ts";
import { ZipError } from "./zip.ts";

/** As often as Nix's own downloads are tried. */
const attempts = 5;
const timeLimit = 300_000;

export interface ArchiveRequest {
  readonly url: string;
  /** `node_modules/` and the package's name. */
  readonly archive: string;
  /** Lower case hexadecimal: sha512 of the archive. */
  readonly outputHash: string;
  readonly out: string;
}

/** @param wait milliseconds before the second attempt; twice as many before each one after it */
export async function makeArchive(
  { url, archive, outputHash, out }: ArchiveRequest,
  say: Say,
  wait = 250,
): Promise<void> {
  const tarball = await download(url, say, wait);
  const made = madeOf(tarball, url, archive);
  const found = createHash("sha512").update(made).digest("hex");
  if (found !== outputHash) {
    throw new AssemblyError(
      `${url}: yarn's archive of it has the checksum ${found}, and yarn.lock has ${outputHash}`,
      "the registry has another tarball than the one that was locked: run yarn install; or give the tarball's own hash in integrity = { … }",
    );
  }
  writeFileSync(out, made);
}

function madeOf(tarball: Buffer, url: string, archive: string): Buffer {
  try {
    return yarnArchive(tarball, archive);
  } catch (error) {
    if (!(error instanceof TarError || error instanceof ZipError)) throw error;
    throw new AssemblyError(
      `${url}: the tarball is unusable: ${error.message}`,
      "give the tarball's own hash in integrity = { … }, or lock another version",
    );
  }
}

async function download(url: string, say: Say, wait: number): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    const problem = await tryDownload(url);
    if (typeof problem !== "string" && !("fatal" in problem)) return problem;
    const message = typeof problem === "string" ? problem : problem.fatal;
    if (typeof problem !== "string" || attempt === attempts) {
      throw new AssemblyError(
        `${url} cannot be fetched: ${message}`,
        "correct the registry, or give the tarball's own hash in integrity = { … }, by which Nix itself fetches it",
      );
    }
    say(`${url}: ${message}; retrying in ${wait} ms (attempt ${attempt}/${attempts})`);
    await setTimeout(wait);
    wait *= 2;
  }
}

/** What was fetched, or why not; `fatal` is what no further attempt changes. */
async function tryDownload(url: string): Promise<Buffer | string | { readonly fatal: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeLimit) });
    if (response.ok) {
      const body = Buffer.from(await response.arrayBuffer());
      return body.length > largestTarball ? { fatal: "it is larger than 2 GiB" } : body;
    }
    await response.body?.cancel();
    const answer = `the registry answers ${response.status} ${response.statusText}`.trimEnd();
    return response.status >= 500 || response.status === 429 ? answer : { fatal: answer };
  } catch (error) {
    return reasonOf(error);
  }
}

/** `fetch failed` says nothing: the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === "" && "code" in cause ? String(cause.code) : cause.message;
}
