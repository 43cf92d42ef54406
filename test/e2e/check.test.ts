// What a person is told who calls a Nix function with a wrong attribute. Nothing is built.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectDirectory } from "./build-store.ts";
import { makeRealNix, type RealNix } from "./real-nix.ts";

const check = `let
  inherit (import ${join(projectDirectory, "templates/lib/check.nix")}) check checkKnown types;
  known = with types; {
    name = string;
    depth = atLeast 1 // { default = 3; };
    files = listOf string // { default = [ ]; };
    sink = oneOf [ "a" "b" ] // { default = "a"; };
  };
in `;

/** Functions around a toolchain that is never looked at. */
const library = `(import ${join(projectDirectory, "templates/lib")} {
  stdenv = { hostPlatform.system = "x86_64-linux"; shell = "/bin/sh"; mkDerivation = attrs: attrs; };
  nodejs = "/nodejs";
  npm = "/npm";
  planner = "/planner";
})`;

describe("attributes of a call", () => {
  let nix: RealNix;
  beforeAll(() => {
    nix = makeRealNix();
  });
  afterAll(() => nix?.remove());

  const evaluate = (expression: string): Promise<string> =>
    nix.run("nix-instantiate", "--eval", "--strict", "--json", "-E", expression);
  const errorOf = async (expression: string): Promise<string> => {
    try {
      return `no error: ${await evaluate(expression)}`;
    } catch (error) {
      const text = String((error as { stderr?: string }).stderr);
      return text
        .slice(text.lastIndexOf("error: ") + 7)
        .replace(/\n {7}/g, "\n")
        .trimEnd();
    }
  };

  test("get their defaults", async () => {
    expect(JSON.parse(await evaluate(`${check} check "f" known { name = "n"; depth = 7; }`))).toEqual({
      name: "n",
      depth: 7,
      files: [],
      sink: "a",
    });
  });

  test.each([
    [
      "{ }",
      'f: the attribute "name" is missing [plan/settings]\n  hint: attributes: depth, files, name, sink',
    ],
    [
      '{ name = "n"; dept = 1; }',
      'f: there is no attribute "dept" [plan/settings]\n  hint: did you mean depth? attributes: depth, files, name, sink',
    ],
    [
      '{ name = "n"; x = 1; }',
      'f: there is no attribute "x" [plan/settings]\n  hint: attributes: depth, files, name, sink',
    ],
    [
      "{ name = 1; }",
      "f: name must be a string, not 1 [plan/settings]\n  hint: docs/nix-functions.md has all attributes",
    ],
    [
      '{ name = "n"; depth = 0; }',
      "f: depth must be a whole number from 1, not 0 [plan/settings]\n  hint: docs/nix-functions.md has all attributes",
    ],
    [
      '{ name = "n"; files = [ 1 ]; }',
      "f: files must be a list, each element a string, not a list [plan/settings]\n  hint: docs/nix-functions.md has all attributes",
    ],
    [
      '{ name = "n"; sink = "c"; }',
      'f: sink must be one of "a", "b", not "c" [plan/settings]\n  hint: docs/nix-functions.md has all attributes',
    ],
    [
      "[ ]",
      "f: it takes an attribute set, not a list [plan/settings]\n  hint: attributes: depth, files, name, sink",
    ],
  ])("are told by name: %s", async (call, message) => {
    expect(await errorOf(`${check} check "f" known ${call}`)).toBe(message);
  });

  test("of functions that hand others on are checked where they are known, and get their defaults", async () => {
    expect(
      JSON.parse(await evaluate(`${check} checkKnown "f" known { name = "n"; CFLAGS = "-O2"; }`)),
    ).toEqual({ name: "n", depth: 3, files: [], sink: "a", CFLAGS: "-O2" });
    expect(await errorOf(`${check} checkKnown "f" known { name = "n"; files = "x"; }`)).toContain(
      'f: files must be a list, each element a string, not "x" [plan/settings]',
    );
    // Passed on, but most likely meant otherwise.
    const strict = `${check} checkKnown "f" known { name = "n"; File = "x"; }`;
    const { stderr } = await nixWarnings(strict);
    expect(stderr).toContain('warning: f: "File" becomes an environment variable; did you mean "files"?');
  });

  const nixWarnings = async (expression: string): Promise<{ readonly stderr: string }> => {
    const out = await nix.run("sh", "-c", 'nix-instantiate --eval --strict -E "$1" 2>&1', "sh", expression);
    return { stderr: out };
  };

  const list = "must be a list, each element a string";
  const set = "must be an attribute set, not 1";
  test.each([
    ["ninja", "", "targets = 1;", `targets ${list}, not 1`],
    ["ninja", "", "sourceRoot = 1; version = null;", "version must be a string, not a null"],
    ["make", "", "makeFlags = 1;", `makeFlags ${list} or a number or a string, not 1`],
    ["make", "", 'captureReal = "yes";', 'captureReal must be true or false, not "yes"'],
    ["make", "", 'captureProfile = "x";', 'captureProfile must be a path or a derivation or null, not "x"'],
    [
      "kernel",
      "",
      'config = "PRINTK";',
      'config must be a path, a set of options, or a list of those, not "PRINTK"',
    ],
    ["kernel", "", 'targets = "vmlinux";', `targets ${list}, not "vmlinux"`],
    ["npm", "", 'layout = "flat";', 'layout must be one of "hoisted", "isolated" or null, not "flat"'],
    [
      "npm",
      "",
      'omit = [ "deb" ];',
      'omit must be a list, each element one of "dev", "optional", "peer", not a list',
    ],
    ["npm", "", "integrity = 1;", `integrity ${set}`],
    ["cargo", 'rustc = "/r"; cargo = "/c";', 'buildFeatures = "x";', `buildFeatures ${list}, not "x"`],
    ["cargo", 'cargo = "/c";', "", 'the attribute "rustc" is missing'],
    ["cargo", 'rustc = "/r"; cargo = "/c";', "target = 1;", "target must be a string or null, not 1"],
    [
      "graph",
      "",
      "extraInputs = [ { } ];",
      "extraInputs must be a list, each element a set { outputs = GLOB; files = [ PATH ]; }, not a list",
    ],
  ])("of unravel.%s are checked before anything is built: %s %s", async (name, needed, wrong, message) => {
    const call = `(${library}.${name} { pname = "x"; src = /x; ${needed} ${wrong} })`;
    expect(await errorOf(`${call}.name`)).toContain(`unravel.${name}: ${message} [plan/settings]\n  hint: `);
  });

  test.each(["ninja", "make", "graph", "npm", "cargo"])(
    "of unravel.%s must have a name, and a set is wanted",
    async (name) => {
      expect(await errorOf(`${library}.${name} { src = /x; rustc = "/r"; cargo = "/c"; }`)).toContain(
        `unravel.${name}: the attribute "pname" is missing [plan/settings]`,
      );
      expect(await errorOf(`${library}.${name} [ ]`)).toContain(
        `unravel.${name}: it takes an attribute set, not a list [plan/settings]`,
      );
    },
  );

  test("of unravel.ninja are checked before anything is built", async () => {
    const call = (attributes: string): Promise<string> =>
      errorOf(`(${library}.ninja { pname = "x"; src = ./.; ${attributes} }).outputs`);
    expect(await errorOf(`${library}.ninja { src = ./.; }`)).toContain(
      'unravel.ninja: the attribute "pname" is missing',
    );
    expect(await call('targets = "all";')).toContain(
      "unravel.ninja: targets must be a list, each element a string",
    );
    expect(await call('extraInputs = [ { output = "x"; files = [ ]; } ];')).toContain(
      "unravel.ninja: extraInputs must be a list, each element a set { outputs = GLOB; files = [ PATH ]; }, not a list",
    );
    expect(await call('sink = "cache";')).toContain(
      'unravel.ninja: sink must be one of "outputs", "recursive-nix", "builder-rpc"',
    );
  });
});
