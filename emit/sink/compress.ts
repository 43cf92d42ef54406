// Packs archives for a binary cache. gzip and brotli come with Node, and zstd with newer ones; else zstd and xz are the
// programs of those names.

import { spawn } from "node:child_process";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { fail } from "../../graph/diagnostic.ts";
import type { Compression } from "../nar-info.ts";

/** Equal bytes in, equal bytes out, with one version of the packer. */
export async function compress(data: Uint8Array, compression: Compression): Promise<Uint8Array> {
  switch (compression) {
    case "none":
      return data;
    case "gzip":
      return promisify(zlib.gzip)(data, { level: 9 });
    case "br": {
      const params = {
        [zlib.constants.BROTLI_PARAM_QUALITY]: 9,
        [zlib.constants.BROTLI_PARAM_LGWIN]: zlib.constants.BROTLI_MAX_WINDOW_BITS,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length,
      };
      return promisify(zlib.brotliCompress)(data, { params });
    }
    case "xz":
      return pipe("xz", ["-6", "--threads=1", "--stdout"], data);
    case "zstd":
      return pipe("zstd", ["-12", "--single-thread", "--quiet", "--stdout"], data);
  }
}

function pipe(program: string, args: readonly string[], data: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    let complaint = "";
    child.on("error", (error) => reject(missing(program, error)));
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    // A program that ends early says why itself.
    child.stdin.on("error", () => undefined);
    child.on("close", (status) => {
      if (status === 0) resolve(Buffer.concat(chunks));
      else reject(new Error(`${program} failed: ${complaint}`));
    });
    child.stdin.end(data);
  });
}

function missing(program: string, cause: Error): unknown {
  if (!("code" in cause) || cause.code !== "ENOENT") return cause;
  try {
    return fail(
      {
        code: "cache/no-compressor",
        message: `the program ${program} is not on PATH`,
        hint: "install it, or choose --compression br, gzip or none, which need no program",
      },
      3,
      { cause },
    );
  } catch (error) {
    return error;
  }
}
