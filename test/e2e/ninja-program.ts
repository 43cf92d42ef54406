// `unravel-ninja` as the end-to-end tests use it: in this process, through real Nix.

import { runNinja } from "../../cli/ninja/main.ts";
import { nixBackend } from "../../cli/ninja/nix-backend.ts";
import { toBuffer } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import type { NinjaRan } from "../ninja-cli.ts";
import type { HostTools } from "./host.ts";

export interface NinjaProgram {
  readonly run: (
    directory: string,
    args: readonly string[],
    more?: Readonly<Record<string, string>>,
  ) => Promise<NinjaRan>;
}

/** `more` are variables beside those that select Nix, the store and the toolchain. */
export function ninjaProgram(host: HostTools): NinjaProgram {
  const run: NinjaProgram["run"] = async (directory, args, more = {}) => {
    let out = "";
    let err = "";
    const env = { ...host.env, UNRAVEL_TOOLCHAIN: host.toolchain, TERM: "", ...more };
    const code = await runNinja(args, {
      terminal: {
        out: (text) => {
          out += toBuffer(text).toString();
        },
        err: (text) => {
          err += toBuffer(text).toString();
        },
        isSmart: false,
        columns: 0,
      },
      env,
      cwd: directory,
      open: (place, options) =>
        nixBackend({ directory: place, env, options, signal: new AbortController().signal }),
      explain: (error) => {
        if (!(error instanceof InputError)) throw error;
        err += `${error.message}\n`;
        return error.exitCode;
      },
    });
    return { code, out, err };
  };
  return { run };
}
