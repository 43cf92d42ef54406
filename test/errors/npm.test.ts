// The exact words about lockfiles that cannot be used: each hostile or wrong in one way, through the command line.

import { afterAll, describe, expect, it } from "vitest";
import { type Entry, makeProject, type Project } from "../cli.ts";

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

async function told(files: Readonly<Record<string, Entry>>, args: readonly string[] = []): Promise<string> {
  const project = makeProject(files);
  projects.push(project);
  const lock =
    Object.keys(files).find((name) => name.includes("lock") || name.includes("shrinkwrap")) ??
    "package-lock.json";
  const { err, code } = await project.run(["graph", "npm", lock, "--system", "x86_64-linux", ...args]);
  return `${err.replaceAll(project.directory, "DIR")}exit ${code}`;
}

const sha512 = `sha512-${"A".repeat(86)}==`;
const top = { name: "p", version: "1.0.0" };

/** A lockfile of version 3 that has these entries, with a package.json that asks for nothing. */
function locked(
  packages: Readonly<Record<string, object>>,
  root: object = top,
): Readonly<Record<string, string>> {
  const lock = { ...top, lockfileVersion: 3, requires: true, packages: { "": root, ...packages } };
  return { "package-lock.json": JSON.stringify(lock), "package.json": JSON.stringify(root) };
}

/** One that needs `a`. */
function needing(entry: object, root: object = {}): Readonly<Record<string, string>> {
  return locked({ "node_modules/a": entry }, { ...top, dependencies: { a: "1.0.0" }, ...root });
}

describe("npm/lockfile-version", () => {
  it("names the versions that are read", async () => {
    expect(
      await told({ "package-lock.json": '{"lockfileVersion": 4, "packages": {}}', "package.json": "{}" }),
    ).toBe(
      "package-lock.json:1:21: error: there is no lockfileVersion 4 [npm/lockfile-version]\n" +
        '  1 | {"lockfileVersion": 4, "packages": {}}\n' +
        "    |                     ^\n" +
        "  hint: versions 1, 2 and 3 are read; npm install --lockfile-version 3 writes the last\nexit 1",
    );
  });

  it("names those of pnpm", async () => {
    expect(await told({ "pnpm-lock.yaml": "lockfileVersion: 5.4\n", "package.json": "{}" })).toBe(
      "pnpm-lock.yaml:1:18: error: there is no reader for lockfileVersion 5.4 [npm/lockfile-version]\n" +
        "  1 | lockfileVersion: 5.4\n" +
        "    |                  ^^^\n" +
        "  hint: versions 6.0 and 9.0 are read; pnpm 8, 9 and 10 write them\nexit 1",
    );
  });
});

describe("npm/no-lockfile", () => {
  it("lists the names that lockfiles have", async () => {
    const { loadPackageTree } = await import("../../cli/npm/load-tree.ts");
    const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
    const load = loadPackageTree({ files: new Map(), target, nodeVersion: "v20.0.0" });
    await expect(load).rejects.toMatchObject({
      diagnostics: [
        {
          code: "npm/no-lockfile",
          message: "the project has no lockfile",
          hint: "run npm install --package-lock-only; lockfiles that are read: npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml, yarn.lock, node_modules/.package-lock.json",
        },
      ],
    });
  });
});

describe("npm/out-of-sync", () => {
  it("says what npm ci says", async () => {
    const files = locked(
      { "node_modules/a": { version: "1.0.0", integrity: sha512 } },
      { ...top, dependencies: { a: "^2.0.0", b: "*" } },
    );
    expect(await told(files)).toBe(
      "error: package.json and package-lock.json are not in sync:\n" +
        "  Invalid: lock file's a@1.0.0 does not satisfy a@^2.0.0\n" +
        "  Missing: b@* from lock file [npm/out-of-sync]\n" +
        "  hint: update the lock file with `npm install` before continuing\nexit 1",
    );
  });

  it("says what differs for pnpm", async () => {
    const lock =
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\nsnapshots:\n  a@1.0.0: {}\n";
    const files = { "pnpm-lock.yaml": lock, "package.json": '{"dependencies": {"a": "^2.0.0", "b": "*"}}' };
    expect(await told(files)).toBe(
      "pnpm-lock.yaml:4:5: error: package.json and pnpm-lock.yaml are not in sync:\n" +
        "  Invalid: lock file's a@^1.0.0 is not a@^2.0.0\n" +
        "  Missing: b@* from lock file [npm/out-of-sync]\n" +
        "  4 |     dependencies:\n" +
        "    |     ^\n" +
        "  hint: update the lock file with `pnpm install --lockfile-only`\nexit 1",
    );
  });
});

describe("npm/no-integrity", () => {
  it("names every package at once, and takes pins", async () => {
    const files = locked(
      { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0" } },
      { ...top, dependencies: { a: "*", b: "*" } },
    );
    expect(await told(files)).toBe(
      'error: 2 packages have no integrity in package-lock.json:\n  "a@1.0.0" = "";\n  "b@2.0.0" = ""; [npm/no-integrity]\n' +
        '  hint: remove their entries and install again, or give what `npm view NAME@VERSION dist.integrity` prints: as these lines of `integrity = { … }` in Nix, or --pin "NAME@VERSION=sha512-…"\nexit 1',
    );
    expect(await told(files, ["--pin", `a@1.0.0=${sha512}`, "--pin", `b=${sha512}`])).toBe("exit 0");
  });
});

describe("npm/source", () => {
  it("names what is to be fetched from no place that is known", async () => {
    expect(await told(needing({ version: "1.0.0", resolved: "ftp://host/a.tgz", integrity: sha512 }))).toBe(
      'error: a@1.0.0 in package-lock.json is to be fetched from "ftp://host/a.tgz", which is no URL that is read [npm/source]\n' +
        "  hint: install it anew, so that the package manager writes the entry again\nexit 1",
    );
  });

  it("wants a whole commit of git", async () => {
    const files = needing(
      { version: "1.0.0", resolved: "git+ssh://git@host/a.git#main" },
      { dependencies: { a: "git+ssh://git@host/a.git" } },
    );
    expect(await told(files)).toBe(
      "error: a@1.0.0 in package-lock.json is from git without a whole commit (40 hexadecimal digits) [npm/source]\n" +
        "  hint: install it anew, so that the package manager writes the entry again\nexit 1",
    );
  });
});

describe("npm/platform", () => {
  it("names the system and what the package is for", async () => {
    expect(await told(needing({ version: "1.0.0", integrity: sha512, os: ["darwin"], cpu: ["!x64"] }))).toBe(
      'error: "a@1.0.0" is not for linux x64 glibc (os: darwin; cpu: !x64) [npm/platform]\n' +
        "  hint: make the dependency optional, or plan for a system that it is for\nexit 1",
    );
  });
});

describe("npm/outside-project", () => {
  it("refuses locations, links and tarballs that leave it", async () => {
    expect(await told(locked({ "node_modules/../../a": { version: "1.0.0", integrity: sha512 } }))).toContain(
      'error: the location "node_modules/../../a" leaves the project [npm/outside-project]\n',
    );
    expect(await told(locked({ "node_modules/a": { resolved: "../a", link: true } }))).toContain(
      'error: the directory "../a" leaves the project [npm/outside-project]\n',
    );
    expect(await told(locked({ "/etc": { version: "1.0.0" } }))).toContain(
      'error: the location "/etc" is absolute [npm/outside-project]\n',
    );
    const packed = needing(
      { version: "1.0.0", resolved: "file:../a.tgz", integrity: sha512 },
      { dependencies: { a: "file:../a.tgz" } },
    );
    expect(await told(packed)).toContain(
      'a@1.0.0 in package-lock.json is a file whose path leaves the project: "../a.tgz"',
    );
  });

  it("refuses workspaces that lie beside it, before anything is looked for there", async () => {
    const files = locked({}, { ...top, workspaces: ["packages/*", "{..,x}/**"] });
    expect(await told(files)).toContain(
      'error: the pattern "{..,x}/**" of workspaces leaves the project [npm/outside-project]\n',
    );
  });

  it("refuses pnpm's links", async () => {
    const lock =
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: link:../a\n        version: link:../a\n";
    expect(
      await told({ "pnpm-lock.yaml": lock, "package.json": '{"dependencies": {"a": "link:../a"}}' }),
    ).toContain('error: the directory "link:../a" leaves the project [npm/outside-project]\n');
  });
});

describe("npm/name", () => {
  it("refuses what is no name of a package", async () => {
    expect(await told(locked({ "node_modules/..%2f": { version: "1.0.0" } }))).toContain(
      'error: the location "node_modules/..%2f" has a name in it that no package can have [npm/name]\n',
    );
    expect(await told(locked({ "node_modules/a": { name: "$(touch x)", version: "1.0.0" } }))).toContain(
      'error: "$(touch x)" is not a name of a package [npm/name]\n',
    );
    expect(await told(locked({ "node_modules/a": { version: "1.0.0/../../x" } }))).toContain(
      'error: "1.0.0/../../x" is not a version [npm/name]\n',
    );
    expect(
      await told({ ...locked({}), "package.json": '{"dependencies": {"__proto__": "1.0.0"}}' }),
    ).toContain('error: "__proto__" is not a name of a package [npm/name]\n');
  });
});

describe("npm/manifest", () => {
  it("shows the field of a package.json that is wrong", async () => {
    expect(await told({ ...locked({}), "package.json": '{"dependencies": {"a": 1}}' })).toBe(
      'package.json:1:24: error: "a" must be a string [npm/manifest]\n' +
        '  1 | {"dependencies": {"a": 1}}\n' +
        "    |                        ^\n" +
        "  hint: npm writes it so; restore the file from version control\nexit 1",
    );
  });
});

describe("npm/lockfile", () => {
  it("refuses a key that stands there twice, whichever npm would take", async () => {
    const lock = '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {}, "node_modules/a": {}}}';
    expect(await told({ "package-lock.json": lock, "package.json": "{}" })).toContain(
      'error: "node_modules/a" stands in this object twice [json/syntax]\n',
    );
  });

  it("shows the field that is wrong", async () => {
    expect(await told({ "package-lock.json": '{"lockfileVersion": 3}', "package.json": "{}" })).toBe(
      'package-lock.json:1:1: error: "packages" must be an object, which this version of lockfile has [npm/lockfile]\n' +
        '  1 | {"lockfileVersion": 3}\n' +
        "    | ^^^^^^^^^^^^^^^^^^^^^^\n" +
        "  hint: npm writes it so; restore the file from version control\nexit 1",
    );
  });

  it("passes on what npm's own reader says", async () => {
    expect(await told(locked({ "node_modules/a": { resolved: "gone", link: true } }))).toBe(
      `error: npm's reader refuses "package-lock.json": Missing target in lock file: "gone" is referenced by "node_modules/a" but does not exist. [npm/lockfile]\n` +
        "  hint: remove the lockfile and run npm install, which writes it again\nexit 1",
    );
  });
});

describe("npm/yaml", () => {
  it("refuses aliases, and with them every bomb", async () => {
    const bomb = `a: &a [x,x]\nb: &b [*a,*a]\nlockfileVersion: '9.0'\n`;
    expect(await told({ "pnpm-lock.yaml": bomb, "package.json": "{}" })).toBe(
      "pnpm-lock.yaml:2:8: error: an alias stands here, which no lockfile has [npm/yaml]\n" +
        "  2 | b: &b [*a,*a]\n" +
        "    |        ^^\n" +
        "  hint: the package manager writes this file: restore it from version control, or write it anew\nexit 1",
    );
  });

  it("refuses depth, double keys and what is no YAML", async () => {
    const deep = `a: ${"[".repeat(100_000)}`;
    expect(await told({ "pnpm-lock.yaml": deep, "package.json": "{}" })).toContain(
      "error: the file is nested too deep to be read [npm/yaml]\n",
    );
    expect(await told({ "pnpm-lock.yaml": "a: 1\na: 2\n", "package.json": "{}" })).toContain(
      "pnpm-lock.yaml:2:1: error: map keys must be unique [npm/yaml]\n",
    );
    expect(await told({ "pnpm-lock.yaml": "a: 'x\n", "package.json": "{}" })).toContain("[npm/yaml]\n");
  });
});

describe("npm/settings", () => {
  it("says which layouts there are for a lockfile", async () => {
    const { loadPackageTree } = await import("../../cli/npm/load-tree.ts");
    const { asBytes } = await import("../../graph/bytes.ts");
    const files = new Map([[asBytes("pnpm-lock.yaml"), asBytes("lockfileVersion: '9.0'\n")]]);
    const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
    const load = loadPackageTree({ files, target, nodeVersion: "v20.0.0", layout: "hoisted" });
    await expect(load).rejects.toMatchObject({
      diagnostics: [
        {
          code: "npm/settings",
          message: '"pnpm-lock.yaml" has no hoisted layout',
          hint: 'leave the layout out, or write "isolated"',
        },
      ],
    });
  });
});

describe("the options of `unravel graph npm`", () => {
  it("are looked at", async () => {
    const files = locked({});
    expect(await told(files, ["--system", "z80-cpm"])).toBe(
      'error: "z80-cpm" is not a system [cli/usage]\n  hint: systems: x86_64-linux, aarch64-linux-musl, aarch64-darwin, …\nexit 2',
    );
    expect(await told(files, ["--pin", "a"])).toContain(
      'error: "a", given with --pin, has no hash [cli/usage]\n',
    );
    expect(await told(files, ["--omit", "all"])).toContain(
      'error: "all", given with --omit, is no kind of dependency [cli/usage]\n',
    );
    expect(await told(files, ["--registry", "host"])).toContain(
      'error: "host", given with --registry, is no URL [cli/usage]\n',
    );
  });
});
