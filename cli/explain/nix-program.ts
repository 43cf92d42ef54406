// Runs the program `nix`, for what a daemon cannot be asked.

import { spawn } from "node:child_process";
import { fail } from "../../graph/diagnostic.ts";
import { errorCode } from "../files.ts";
import type { Io } from "../io.ts";

export interface NixRan {
  readonly status: number;
  readonly out: Buffer;
  readonly err: string;
}

export function runNix(io: Io, args: readonly string[]): Promise<NixRan> {
  return new Promise((resolve, reject) => {
    const child = spawn("nix", args, { env: { ...io.env }, cwd: io.cwd, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    let err = "";
    const stop = (): void => void child.kill();
    io.signal.addEventListener("abort", stop);
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.on("error", (error) => {
      io.signal.removeEventListener("abort", stop);
      reject(errorCode(error) === "ENOENT" ? missing(error) : error);
    });
    child.on("close", (status) => {
      io.signal.removeEventListener("abort", stop);
      resolve({ status: status ?? 1, out: Buffer.concat(out), err });
    });
  });
}

function missing(cause: Error): unknown {
  try {
    return fail(
      {
        code: "nix/missing",
        message: "the program nix is not on PATH",
        hint: "install Nix 2.34 or newer, or add its bin directory to PATH",
      },
      3,
      { cause },
    );
  } catch (error) {
    return error;
  }
}
