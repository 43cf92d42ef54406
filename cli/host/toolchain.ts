// What steps run with: bash, PATH and variables, all from the store. Named by a file, or taken from an environment
// like that of `nix develop`.

import { existsSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { nixStoreDir, storePathProblem } from "../../emit/store-path.ts";
import { asBytes, type Bytes, fromText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export interface Toolchain {
  /** "x86_64-linux" */
  readonly system: Bytes;
  /** Full path of bash in the store. */
  readonly shell: Bytes;
  /** Variables of every step, PATH among them. */
  readonly variables: ReadonlyMap<Bytes, Bytes>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the file that --toolchain names. `shown` is its name as typed. */
export function parseToolchain(json: string, shown: string): Toolchain {
  const wrong = (what: string): never =>
    fail({
      code: "cli/toolchain",
      message: `"${shown}": ${what}`,
      hint: 'it holds { "shell": "/nix/store/.../bin/bash", "path": ["/nix/store/.../bin"], "env": { "CC": "gcc" } }',
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    wrong(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return wrong("it is not an object");
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const storePath = (value: unknown, name: string): Bytes => {
    if (typeof value !== "string") return wrong(`${name} is not a string`);
    if (storeObject(value) === undefined)
      return wrong(`${name} is "${value}", which is not in the Nix store`);
    return fromText(value);
  };
  for (const name of fields.keys()) {
    if (!["shell", "path", "env", "system"].includes(name)) wrong(`there is no field "${name}"`);
  }
  const path = fields.get("path");
  const env = fields.get("env") ?? {};
  const system = fields.get("system") ?? thisSystem();
  if (!Array.isArray(path)) return wrong("path is not a list");
  if (typeof env !== "object" || env === null || Array.isArray(env)) return wrong("env is not an object");
  if (typeof system !== "string") return wrong("system is not a string");
  const variables = new Map<Bytes, Bytes>();
  for (const [name, value] of Object.entries(env)) {
    if (!isVariable(name)) wrong(`env: "${name}" is not the name of a variable`);
    if (typeof value !== "string") return wrong(`env.${name} is not a string`);
    variables.set(fromText(name), fromText(value));
  }
  const entries = path.map((entry: unknown, index) => storePath(entry, `path[${index}]`));
  return {
    system: fromText(system),
    shell: storePath(fields.get("shell"), "shell"),
    variables: settled(variables, asBytes(entries.join(":"))),
  };
}

/** Takes what is in the store from PATH, and the variables that compilers and their wrappers read. */
export function toolchainOfEnvironment(env: Environment): Toolchain {
  const entries = (env["PATH"] ?? "").split(":").filter((entry) => storeObject(entry) !== undefined);
  const shells = [env["NIX_BUILD_SHELL"] ?? "", ...entries.map((entry) => join(entry, "bash"))];
  const shell = shells.find((file) => storeObject(file) !== undefined && existsSync(file));
  if (shell === undefined) {
    return fail(
      {
        code: "cli/no-toolchain",
        message:
          entries.length === 0
            ? "no directory of PATH is in the Nix store, so there is no toolchain for the sandbox"
            : "no directory of PATH that is in the Nix store holds bash",
        hint: "run inside `nix develop` or `nix-shell`, or name a toolchain with --toolchain FILE.json",
      },
      3,
    );
  }
  const variables = new Map<Bytes, Bytes>();
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && isForCompilers(name)) variables.set(fromText(name), fromText(value));
  }
  return {
    system: fromText(thisSystem()),
    shell: fromText(shell),
    variables: settled(variables, fromText(entries.join(":"))),
  };
}

function settled(variables: Map<Bytes, Bytes>, path: Bytes): ReadonlyMap<Bytes, Bytes> {
  variables.set(asBytes("PATH"), path);
  // 1980: the oldest time that zip can hold, and what nixpkgs uses.
  if (!variables.has(asBytes("SOURCE_DATE_EPOCH"))) {
    variables.set(asBytes("SOURCE_DATE_EPOCH"), asBytes("315532800"));
  }
  return variables;
}

function isForCompilers(name: string): boolean {
  if (!isVariable(name)) return false;
  return (
    /^(CC|CXX|CPP|FC|AR|AS|LD|NM|RANLIB|STRIP|OBJCOPY|OBJDUMP|READELF|SIZE|STRINGS)(_FOR_(BUILD|TARGET))?$/.test(
      name,
    ) ||
    /^[A-Z]*FLAGS(_FOR_(BUILD|TARGET))?$/.test(name) ||
    /^NIX_(CFLAGS|CXXSTDLIB|LDFLAGS|LD|CC|BINTOOLS|PKG_CONFIG|HARDENING|DONT|NO_SELF_RPATH|SET_BUILD_ID|GNATFLAGS)/.test(
      name,
    ) ||
    /^(PKG_CONFIG_PATH|C_INCLUDE_PATH|CPLUS_INCLUDE_PATH|CPATH|LIBRARY_PATH|SOURCE_DATE_EPOCH|QT_PLUGIN_PATH)/.test(
      name,
    ) ||
    /^CMAKE_/.test(name)
  );
}

function isVariable(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

/** `/nix/store/HASH-NAME` at the beginning of a path. */
function storeObject(path: string): string | undefined {
  const object = /^\/nix\/store\/[^/]+/.exec(path)?.[0];
  return object === undefined || storePathProblem(fromText(object), nixStoreDir) !== undefined
    ? undefined
    : object;
}

function thisSystem(): string {
  const processor = new Map<string, string>([
    ["x64", "x86_64"],
    ["arm64", "aarch64"],
    ["ia32", "i686"],
    ["arm", "armv7l"],
    ["ppc64", "powerpc64le"],
  ]).get(arch());
  return `${processor ?? arch()}-${platform()}`;
}
