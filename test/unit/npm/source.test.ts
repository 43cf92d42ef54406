// Where packages come from: addresses, hashes, registries and policies of lockfiles, one by one.

import { describe, expect, it } from "vitest";
import { loadPackageTree, type TreeRequest } from "../../../cli/npm/load-tree.ts";
import { integrityOf, integrityOfHex } from "../../../generators/npm/integrity.ts";
import { isPackageName, linkText, locationProblem } from "../../../generators/npm/name.ts";
import { readNpmrc, registryOf } from "../../../generators/npm/npmrc.ts";
import { isForSystem, targetOfSystem } from "../../../generators/npm/platform.ts";
import { sourceOf } from "../../../generators/npm/source.ts";
import { asBytes, fromText } from "../../../graph/bytes.ts";
import type { PackageTree } from "../../../graph/package-tree.ts";

import { makeProject, unravel } from "../../cli.ts";

const digest = "A".repeat(86);
const sha512 = `sha512-${digest}==`;
const registries = {
  registry: "https://packages.example/npm/",
  scopes: new Map([["@own", "https://own.example/"]]),
  standard: "https://standard.example/",
};

function source(fields: {
  readonly name?: string;
  readonly resolved?: string;
  readonly integrity?: string;
}): unknown {
  const text = (value: string | undefined) => (value === undefined ? undefined : fromText(value));
  const { name = "a", resolved, integrity = sha512 } = fields;
  const locked = {
    location: asBytes(`node_modules/${name}`),
    name: asBytes(name),
    version: asBytes("1.2.3"),
    resolved: text(resolved),
    integrity: text(integrity),
  };
  const found = sourceOf(locked, registries, new Map());
  if (found.kind === "tarball") return found.url;
  if (found.kind === "git") return `${found.url} ${found.commit.slice(0, 4)} ${found.directory ?? ""}`.trim();
  return found.kind === "file" ? found.path : found;
}

const commit = "0123456789abcdef0123456789abcdef01234567";

describe("a package's source", () => {
  it("is the registry's when the lockfile has no address", () => {
    expect(source({})).toBe("https://packages.example/npm/a/-/a-1.2.3.tgz");
    expect(source({ name: "@scope/a" })).toBe("https://packages.example/npm/@scope/a/-/a-1.2.3.tgz");
    expect(source({ name: "@own/a" })).toBe("https://own.example/@own/a/-/a-1.2.3.tgz");
  });

  it("is the configured registry where npm's own is named, and the named one otherwise", () => {
    expect(source({ resolved: "https://standard.example/a/-/a-1.2.3.tgz" })).toBe(
      "https://packages.example/npm/a/-/a-1.2.3.tgz",
    );
    expect(source({ resolved: "https://other.example/a/-/a-1.2.3.tgz" })).toBe(
      "https://other.example/a/-/a-1.2.3.tgz",
    );
  });

  it("has no user, password or fragment", () => {
    expect(source({ resolved: "https://me:secret@other.example/a.tgz?x=1#sha1" })).toBe(
      "https://other.example/a.tgz?x=1",
    );
  });

  it("is a commit for git, however it is written", () => {
    expect(source({ resolved: `git+ssh://git@github.com/o/a.git#${commit}` })).toBe(
      "https://github.com/o/a.git 0123",
    );
    expect(source({ resolved: `git+ssh://git@github.com:o/a.git#${commit}` })).toBe(
      "https://github.com/o/a.git 0123",
    );
    expect(source({ resolved: `github:o/a#${commit}` })).toBe("https://github.com/o/a.git 0123");
    expect(source({ resolved: `git+https://u:p@own.example/a.git#${commit}::path:packages/a` })).toBe(
      "https://own.example/a.git 0123 packages/a",
    );
    expect(source({ resolved: `git+ssh://git@own.example:2222/a.git#${commit}` })).toBe(
      "ssh://git@own.example:2222/a.git 0123",
    );
    expect(source({ resolved: `git+https://own.example/a.git#${commit}::path:../x` })).toMatchObject({
      kind: "unusable",
    });
    expect(source({ resolved: "git+https://own.example/a.git#v1.0.0" })).toMatchObject({ kind: "unusable" });
  });

  it("is a file of the project, and of nothing else", () => {
    expect(source({ resolved: "file:./vendor/a.tgz" })).toBe("vendor/a.tgz");
    expect(source({ resolved: "file:../a.tgz" })).toMatchObject({ kind: "unusable" });
    expect(source({ resolved: "file:/etc/passwd" })).toMatchObject({ kind: "unusable" });
  });
});

describe("an integrity", () => {
  it("is the strongest hash that Nix knows, written in one way", () => {
    const sha1 = `sha1-${"B".repeat(26)}A=`;
    expect(integrityOf(`${sha1} ${sha512}`)).toEqual({ algorithm: "sha512", sri: sha512 });
    expect(integrityOf(`${sha1}?opt md5-x sha384-${"C".repeat(64)}`)?.algorithm).toBe("sha1");
    expect(integrityOf(`sha512-${digest}`)).toEqual({ algorithm: "sha512", sri: sha512 });
    for (const wrong of [
      "",
      "sha512-",
      `sha512-${"A".repeat(40)}`,
      `sha512-${"A".repeat(85)}B==`,
      `SHA512-${digest}==`,
    ]) {
      expect(integrityOf(wrong)).toBe(undefined);
    }
  });

  it("may be in hexadecimal digits, as yarn has it", () => {
    expect(integrityOfHex("00".repeat(20))?.sri).toBe("sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    expect(integrityOfHex("xyz")).toBe(undefined);
  });
});

describe("names and places", () => {
  it("are npm's", () => {
    const good = ["a", "JSONStream", "@s/a", "a.b_c-d~e", "9", "@S.x/_a"];
    const bad = [
      "",
      ".a",
      "_a",
      "a/b",
      "@s",
      "@/a",
      "@s/",
      "@s/.a",
      "@../a",
      "a b",
      "a\n",
      "node_modules",
      "é",
      "a%2f",
      "-rf",
    ];
    expect(good.filter((name) => !isPackageName(name))).toEqual([]);
    expect(bad.filter((name) => isPackageName(name))).toEqual([]);
    expect(isPackageName("a".repeat(215))).toBe(false);
  });

  it("stay in the project", () => {
    for (const good of ["", "packages/a", "node_modules/a/node_modules/@s/b"])
      expect(locationProblem(good)).toBe(undefined);
    for (const bad of [
      "..",
      "a/../b",
      "/a",
      "a//b",
      "node_modules/",
      "node_modules/a/b/..",
      "a\\b",
      "node_modules/@s",
      "a\0b",
    ]) {
      expect(`${bad}: ${locationProblem(bad)}`).not.toBe(`${bad}: undefined`);
    }
    expect(linkText("node_modules/@s/a", "packages/a")).toBe("../../packages/a");
    expect(linkText("packages/a/node_modules/b", "packages/b")).toBe("../../b");
  });
});

describe("a platform", () => {
  it("is npm's rule about lists", () => {
    const target = { os: "linux", cpu: "x64", libc: "musl" } as const;
    const fits = (os: readonly string[], libc: readonly string[] = []): boolean =>
      isForSystem({ os, cpu: [], libc }, target);
    expect([fits([]), fits(["any"]), fits(["linux"]), fits(["!win32"]), fits(["!win32", "linux"])]).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect([fits(["darwin"]), fits(["!linux"]), fits(["!linux", "linux"]), fits([], ["glibc"])]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(
      isForSystem({ os: [], cpu: [], libc: ["glibc"] }, { os: "darwin", cpu: "arm64", libc: undefined }),
    ).toBe(false);
  });

  it("of a Nix system is Node's", () => {
    expect(targetOfSystem("aarch64-darwin")).toEqual({ os: "darwin", cpu: "arm64", libc: undefined });
    expect(targetOfSystem("x86_64-linux", "musl")).toEqual({ os: "linux", cpu: "x64", libc: "musl" });
    expect(targetOfSystem("z80-cpm")).toBe(undefined);
  });
});

describe("npm's settings", () => {
  it("keep what is installed, and no secret", () => {
    const text = [
      "; comment",
      "registry = https://u:p@r.example/npm",
      "@own:registry=https://own.example",
      "omit[]=dev",
      "omit=peer",
      "//r.example/:_authToken=secret",
      "legacy-peer-deps=true",
      "ignore-scripts=false",
      "allow-scripts=a, b@1.0.0",
      `cafile=$${"{HOME}"}/x`,
    ].join("\n");
    const settings = readNpmrc(fromText(text));
    expect(settings).toEqual({
      registry: "https://r.example/npm/",
      scopes: new Map([["@own", "https://own.example/"]]),
      omit: new Set(["dev", "peer"]),
      legacyPeerDeps: true,
      ignoreScripts: false,
      allowScripts: ["a", "b@1.0.0"],
    });
    expect(registryOf("ftp://x")).toBe(undefined);
  });
});

const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;

function tree(
  root: object,
  packages: object,
  more: Partial<TreeRequest> & { readonly npmrc?: string } = {},
): Promise<PackageTree> {
  const { npmrc = "", ...request } = more;
  const lock = { lockfileVersion: 3, packages: { "": root, ...packages } };
  const files = new Map(
    Object.entries({
      "package.json": JSON.stringify(root),
      "package-lock.json": JSON.stringify(lock),
      ".npmrc": npmrc,
    }).map(([path, text]) => [asBytes(path), fromText(text)] as const),
  );
  return loadPackageTree({ files, target, nodeVersion: "v20.0.0", ...request });
}

describe("the install scripts that run", () => {
  const scripted = {
    version: "1.0.0",
    integrity: sha512,
    hasInstallScript: true,
    resolved: "https://r.example/a/-/a-1.0.0.tgz",
  };
  const policyOf = async (root: object, more: Parameters<typeof tree>[2] = {}): Promise<string | undefined> =>
    (await tree({ dependencies: { a: "1.0.0" }, ...root }, { "node_modules/a": scripted }, more)).packages[0]
      ?.scripts;

  it("follow npm's allowScripts, and its .npmrc", async () => {
    expect(await policyOf({})).toBe("run");
    expect(await policyOf({ allowScripts: { a: true } })).toBe("run");
    expect(await policyOf({ allowScripts: { a: false } })).toBe("denied");
    expect(await policyOf({ allowScripts: { "a@1.0.0": false } })).toBe("denied");
    expect(await policyOf({ allowScripts: { "a@2.0.0": false } })).toBe("run");
    expect(await policyOf({}, { npmrc: "ignore-scripts=true" })).toBe("denied");
    expect(await policyOf({}, { ignoreScripts: true })).toBe("denied");
  });
});

describe("a package.json below the project", () => {
  const files = (below: string, packages: object, workspaces: readonly string[]): TreeRequest["files"] => {
    const root = { name: "p", workspaces };
    const lock = { lockfileVersion: 3, packages: { "": root, ...packages } };
    return new Map([
      [asBytes("package.json"), fromText(JSON.stringify(root))],
      [asBytes("package-lock.json"), fromText(JSON.stringify(lock))],
      [asBytes(below), asBytes("{ not JSON")],
    ]);
  };

  it("may be wrong unless it is a member's", async () => {
    const request = { target, nodeVersion: "v20.0.0" } as const;
    const fixture = files("test/fixtures/wrong/package.json", {}, ["packages/*"]);
    expect((await loadPackageTree({ ...request, files: fixture })).packages).toEqual([]);
    const member = files("packages/a/package.json", {}, ["packages/*"]);
    await expect(loadPackageTree({ ...request, files: member })).rejects.toThrow("[json/syntax]");
    const linked = { "node_modules/a": { resolved: "lib/a", link: true }, "lib/a": {} };
    await expect(
      loadPackageTree({ ...request, files: files("lib/a/package.json", linked, []) }),
    ).rejects.toThrow("[json/syntax]");
  });
});

describe("a patch", () => {
  it("is for a name, a version or a place", async () => {
    const a = { version: "1.0.0", integrity: sha512 };
    const patches = new Map([
      [asBytes("a"), [asBytes("patches/a.patch")]],
      [asBytes("node_modules/b/node_modules/a"), [asBytes("patches/b++a.patch")]],
    ]);
    const packages = {
      "node_modules/a": a,
      "node_modules/b": { ...a, dependencies: { a: "2.0.0" } },
      "node_modules/b/node_modules/a": { ...a, version: "2.0.0" },
    };
    const found = await tree({ dependencies: { a: "1.0.0", b: "*" } }, packages, { patches });
    expect(found.packages.map(({ location, patches: applied }) => [location, ...applied])).toEqual([
      ["node_modules/a", "patches/a.patch"],
      ["node_modules/b"],
      ["node_modules/b/node_modules/a", "patches/b++a.patch"],
    ]);
  });
});

describe("`unravel graph npm`", () => {
  it("prints a summary, and the tree as JSON", async () => {
    const root = { name: "p", dependencies: { a: "*" }, optionalDependencies: { b: "*" } };
    const a = { version: "1.0.0", integrity: sha512, hasInstallScript: true, bin: { a: "a.js" } };
    const b = { version: "1.0.0", integrity: sha512, optional: true, os: ["aix"] };
    const project = makeProject({
      "package.json": JSON.stringify(root),
      "package-lock.json": JSON.stringify({
        lockfileVersion: 3,
        packages: { "": root, "node_modules/a": a, "node_modules/b": b },
      }),
    });
    try {
      const args = [
        "graph",
        "npm",
        "package-lock.json",
        "--system",
        "x86_64-linux",
        "--registry",
        "https://r.example",
      ];
      const { out } = await project.run(args);
      expect(out).toBe(
        "package-lock.json: 1 package, hoisted\n       1  from tarballs\n\n0 links to directories, 0 members of the project\n" +
          "1 program in .bin\n\ninstall scripts\n  a@1.0.0  run\n\nleft out\n  b@1.0.0  unsupported\n",
      );
      const parsed: unknown = JSON.parse((await project.run([...args, "--json"])).out);
      expect(parsed).toMatchObject({
        packages: [{ location: "node_modules/a", source: { url: "https://r.example/a/-/a-1.0.0.tgz" } }],
      });
      expect((await unravel(["graph", "npm", `${project.directory}/package.json`])).err).toContain(
        "is not called as a lockfile is",
      );
    } finally {
      project.remove();
    }
  });
});
