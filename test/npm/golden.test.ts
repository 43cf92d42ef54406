// Predicted trees beside what pnpm and yarn were seen to install (scripts/make-package-goldens.mjs).

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPackageTree } from "../../cli/npm/load-tree.ts";
import { readProjectFiles } from "../../cli/npm/project-files.ts";
import { binLinksOf, binsOf } from "../../generators/npm/bins.ts";
import { linkText } from "../../generators/npm/name.ts";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import type { Integrity, PackageTree } from "../../graph/package-tree.ts";
import { packages } from "./packages.ts";
import { pack, type TestPackage } from "./registry.ts";

const golden = join(import.meta.dirname, "../golden/packages");
const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;

/** What the package.json and the files of a fetched package would tell. */
function fetched(
  name: string,
  version: string | undefined,
): { readonly bin: unknown; readonly files: ReadonlySet<string> } {
  const found = packages.find(({ manifest }) => manifest.name === name && manifest.version === version);
  if (found !== undefined) {
    return { bin: found.manifest["bin"], files: new Set(["index.js", ...Object.keys(found.files ?? {})]) };
  }
  if (name === "packed") return { bin: { packed: "index.js" }, files: new Set(["index.js"]) };
  if (name === "local") return { bin: "l.js", files: new Set(["l.js"]) };
  throw new Error(`no package ${name}@${version}`);
}

/** The lines of `installed.txt`: packages and links, of bins only those that lead to a file. */
function describeTree(tree: PackageTree): readonly string[] {
  const facts = new Map(tree.packages.map((one) => [one.location, fetched(one.name, one.version)] as const));
  const bins = new Map(
    [...facts].map(([location, { bin }]) => {
      const placed = tree.packages.find((one) => one.location === location);
      return [location, binsOf(bin, placed?.name, tree.layout)] as const;
    }),
  );
  const exists = (file: Bytes): boolean => {
    const link = tree.links.find(({ location }) => file.startsWith(`${location}/`));
    const real = link === undefined ? file : fromText(`${link.target}${file.slice(link.location.length)}`);
    const owner = [...facts]
      .filter(([location]) => real.startsWith(`${location}/`))
      .sort(([a], [b]) => b.length - a.length)[0];
    return owner === undefined || owner[1].files.has(real.slice(owner[0].length + 1));
  };
  const known = binLinksOf(tree, bins).filter(({ file }) => exists(file));
  return [
    ...tree.packages.map(
      ({ location, name, version }) => `package ${location} ${name}@${version ?? "0.0.1"}`,
    ),
    ...[...tree.links, ...known].map(({ location, text }) => `link ${location} -> ${text}`),
  ]
    .map((line) => toText(line as Bytes))
    .sort();
}

/** pnpm 8 leads to a program through the link beside it: to the same file. */
function throughLinks(line: string, tree: PackageTree): string {
  const match = /^link (node_modules\/\.bin\/\S+) -> \.\.\/((?:@[^/]+\/)?[^/.][^/]*)\/(.*)$/.exec(line);
  const link = tree.links.find(({ location }) => location === `node_modules/${match?.[2]}`);
  return match === null || link === undefined
    ? line
    : `link ${match[1]} -> ${linkText(match[1] ?? "", `${link.target}/${match[3]}`)}`;
}

describe("a lockfile of another package manager", () => {
  const cases = readdirSync(golden).sort();

  it("has cases", () => {
    expect(cases.length).toBeGreaterThan(1);
  });

  for (const name of cases.filter((one) => one.startsWith("pnpm"))) {
    it(`is laid out as it was: ${name}`, async () => {
      const tree = await loadPackageTree({
        files: readProjectFiles(join(golden, name)),
        target,
        nodeVersion: "v20.0.0",
      });
      const lines = readFileSync(join(golden, name, "installed.txt"), "utf8")
        .trimEnd()
        .split("\n");
      // What comes in a tarball of others is known when it is unpacked.
      const installed = lines.filter(
        (line) =>
          !line.startsWith("program ") && !/bundler\/node_modules\/(?:inner|deep|\.bin\/inner)\b/.test(line),
      );
      expect(describeTree(tree)).toEqual(installed.map((line) => throughLinks(line, tree)));
    });
  }

  for (const name of cases.filter((one) => /^yarn-.*-everything$/.test(one))) {
    it(`has the packages that were installed, where their dependents find them: ${name}`, async () => {
      const files = readProjectFiles(join(golden, name));
      // What yarn 4 locks is not the tarball.
      const pins = new Map(
        packages.map((one) => [asBytes(`${one.manifest.name}@${one.manifest.version}`), hashOf(one)]),
      );
      const request = { files, target, nodeVersion: "v20.0.0", pins } as const;
      const first = await loadPackageTree(request);
      const manifests = new Map(
        first.packages.map(({ location, name: own, version }) => [
          location,
          fromText(JSON.stringify(manifestOf(own === "remote" ? "leaf" : own, version))),
        ]),
      );
      const tree = await loadPackageTree({ ...request, manifests });
      const lines = readFileSync(join(golden, name, "installed.txt"), "utf8").split("\n");
      const installed = new Set(lines.flatMap((line) => /^package \S+ (\S+)$/.exec(line)?.[1] ?? []));
      // yarn 1 does not look at libc.
      installed.delete("for-musl@1.0.0");
      expect(new Set(tree.packages.map((one) => `${one.name}@${one.version}`))).toEqual(installed);
      const places = new Map(tree.packages.map((one) => [one.location, one] as const));
      const links = new Map(tree.links.map(({ location, target: to }) => [location, to] as const));
      const found = (from: string, alias: string): string | undefined => {
        for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
          const location = asBytes(`${at === "" ? "" : `${at}/`}node_modules/${alias}`);
          const one = places.get(location);
          if (one !== undefined) return `${one.name}@${one.version}`;
          const link = links.get(location);
          if (link !== undefined) return link;
          if (at === "") return undefined;
        }
      };
      const pairs = lines.flatMap((line) => {
        const [, place = ""] = /^package (\S+) /.exec(line) ?? [];
        return place === "" ? [] : [[place, line.split(" ")[2] ?? ""] as const];
      });
      expect(pairs.length).toBeGreaterThan(15);
      for (const { location, name: own, version } of tree.packages) {
        for (const [alias, range] of Object.entries(dependenciesOf(manifestOf(own, version)))) {
          const wanted = wantedVersion(alias, range);
          expect(`${location} ${alias} ${found(location, alias)}`).toBe(`${location} ${alias} ${wanted}`);
        }
      }
      expect(found("packages/one", "leaf")).toBe("leaf@2.0.0");
      expect(found("packages/one", "two")).toBe("packages/two");
      expect(found("packages/two", "leaf")).toBe("leaf@1.5.0");
      expect(found("", "renamed")).toBe("leaf@1.0.0");
      expect(tree.packages.find((one) => one.name === "native")?.scripts).toBe("run");
      expect(binLinksOf(tree).map(({ location }) => location)).toContain("node_modules/.bin/tool");
    });
  }

  it("of pnpm says which packages are patched, and which scripts run", async () => {
    const files = new Map(readProjectFiles(join(golden, "pnpm-10-names")));
    const request = { files, target, nodeVersion: "v20.0.0" } as const;
    const patched = (await loadPackageTree(request)).packages.filter(({ patches }) => patches.length > 0);
    expect(patched.map(({ name, version, patches }) => [name, version, patches])).toEqual([
      ["leaf", "1.0.0", ["patches/leaf.patch"]],
    ]);
    const everything = new Map(readProjectFiles(join(golden, "pnpm-10-everything")));
    const policy = async (
      workspace: string,
      manifests?: ReadonlyMap<Bytes, Bytes>,
    ): Promise<readonly unknown[]> => {
      everything.set(asBytes("pnpm-workspace.yaml"), asBytes(`packages:\n  - packages/*\n${workspace}`));
      const more = manifests === undefined ? {} : { manifests };
      const tree = await loadPackageTree({ ...request, ...more, files: everything });
      const scripts = (wanted: string): string | undefined =>
        tree.packages.find(({ name }) => name === wanted)?.scripts;
      return [tree.isComplete, scripts("native"), scripts("plugin")];
    };
    expect(await policy("")).toEqual([true, "denied", "denied"]);
    expect(await policy("onlyBuiltDependencies:\n  - native\n")).toEqual([true, "run", "denied"]);
    const all = "dangerouslyAllowAllBuilds: true\n";
    // The lockfile does not say who has scripts: the packages do, once they are fetched.
    expect(await policy(all)).toEqual([false, "unknown", "unknown"]);
    const native = asBytes("node_modules/.pnpm/native@1.0.0/node_modules/native");
    const manifest = fromText(JSON.stringify(manifestOf("native", "1.0.0")));
    expect(await policy(all, new Map([[native, manifest]]))).toEqual([true, "run", "none"]);
    const old = await loadPackageTree({
      ...request,
      files: readProjectFiles(join(golden, "pnpm-8-everything")),
    });
    expect(old.packages.find(({ name }) => name === "native")?.scripts).toBe("run");
    expect(old.packages.find(({ name }) => name === "leaf")?.scripts).toBe("none");
  });

  it("of yarn 4 has no hashes of packages that are for some systems only", async () => {
    const load = loadPackageTree({
      files: readProjectFiles(join(golden, "yarn-4-everything")),
      target,
      nodeVersion: "v20.0.0",
    });
    await expect(load).rejects.toThrow(
      /^1 package has no integrity in yarn\.lock:\n {2}"for-linux@1\.0\.0" = ""; \[/,
    );
  });

  it("of yarn 4 has checksums that are of no use where they are of compressed archives", async () => {
    const files = new Map(readProjectFiles(join(golden, "yarn-4-archives")));
    const lock = files.get(asBytes("yarn.lock")) ?? asBytes("");
    files.set(asBytes("yarn.lock"), asBytes(lock.replaceAll("10c0", "10")));
    const load = loadPackageTree({ files, target, nodeVersion: "v20.0.0" });
    await expect(load).rejects.toMatchObject({
      diagnostics: [
        {
          code: "npm/no-integrity",
          message:
            '2 packages have no integrity in yarn.lock:\n  "@scope/odd@1.0.0" = "";\n  "remote@2.0.0" = "";',
          hint: expect.stringContaining('"compressionLevel: 0" in .yarnrc.yml'),
        },
      ],
    });
  });
});

function hashOf(one: TestPackage): Integrity {
  const sri = asBytes(`sha512-${createHash("sha512").update(pack(one)).digest("base64")}`);
  return { algorithm: "sha512", sri };
}

function manifestOf(name: string, version: string | undefined): object {
  const found = packages.find(({ manifest }) => manifest.name === name && manifest.version === version);
  return (
    found?.manifest ?? {
      name,
      version,
      ...(name === "packed" ? { bin: { packed: "index.js" } } : { bin: "l.js", dependencies: { host: "*" } }),
    }
  );
}

function dependenciesOf(manifest: object): Readonly<Record<string, string>> {
  return "dependencies" in manifest ? (manifest.dependencies as Readonly<Record<string, string>>) : {};
}

/** What the lockfiles of both say: the only ranges in these packages. */
function wantedVersion(name: string, range: string): string {
  const versions: Readonly<Record<string, string>> = {
    "leaf ^1.0.0": "1.5.0",
    "leaf ^2.0.0": "2.0.0",
    "host *": "3.1.0",
    "inner ^1.0.0": "1.0.7",
    "deep *": "9.0.0",
  };
  return `${name}@${versions[`${name} ${range}`] ?? range.replace("^", "")}`;
}
