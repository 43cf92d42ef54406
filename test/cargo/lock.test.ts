// Lockfiles of every version, sources, addresses, and one that is very large.

import { describe, expect, test } from "vitest";
import { deriveCrates, planCrates } from "../../emit/cargo/crates.ts";
import { partition } from "../../emit/outputs/partition.ts";
import { cfgSet, holds } from "../../generators/cargo/cfg.ts";
import { gitSource, parseCargoLock } from "../../generators/cargo/lock.ts";
import { downloadUrl, lockedCrates } from "../../generators/cargo/registry.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";
import type { LockedCrates } from "../../graph/locked-crates.ts";

const index = "registry+https://index.example/index.example-index";
const sum = "0123456789abcdef".repeat(4);
const lockOf = (text: string) => parseCargoLock(fromText(text), asBytes("Cargo.lock"));
const none = { registries: new Map(), checkouts: new Map() };

describe("a lockfile", () => {
  const one = `[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "${index}"\n`;
  const packages = [{ name: "a", version: "1.0.0", source: { kind: "registry", id: index, checksum: sum } }];

  test("of version 1 has checksums in a table of their own", () => {
    const lock = lockOf(`${one}\n[metadata]\n"checksum a 1.0.0 (${index})" = "${sum}"\n`);
    expect(lock).toEqual({ version: 1, packages });
  });

  test.each([2, 3, 4])("of version %i has them at the packages", (version) => {
    const head = version === 2 ? "" : `version = ${version}\n\n`;
    expect(lockOf(`${head}${one}checksum = "${sum}"\n`)).toEqual({ version, packages });
  });

  test("names commits by branch, tag or revision", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    expect(gitSource(asBytes(`git+https://code.example/a?branch=feature%2Fx#${commit}`))).toMatchObject({
      url: "https://code.example/a",
      reference: ["branch", "feature/x"],
      commit,
    });
    expect(gitSource(asBytes(`git+https://code.example/a#${commit}`))?.reference).toBeUndefined();
    expect(gitSource(asBytes("git+https://code.example/a#main"))).toBeUndefined();
  });

  test("with two registries that have one version of a name gives two packages", () => {
    const other = "sparse+https://other.example/index/";
    const lock = lockOf(
      `version = 4\n\n${one}checksum = "${sum}"\n\n${one.replace(index, other)}checksum = "${sum}"\n`,
    );
    const { crates, sources } = lockedCrates(lock, {
      ...none,
      registries: new Map([[asBytes("https://other.example/index/"), asBytes("https://other.example/dl")]]),
    });
    expect(new Set(crates.map(({ directory }) => directory)).size).toBe(2);
    expect(sources.map(({ configuration }) => configuration).join("")).toContain(
      `[source."sparse+https://other.example/index/"]\nregistry = "sparse+https://other.example/index/"`,
    );
    expect(crates.map(({ from }) => ("url" in from ? from.url : ""))).toEqual([
      "https://index.example/api/v1/crates/a/1.0.0/download",
      "https://other.example/dl/a/1.0.0/download",
    ]);
  });

  test("of 5,000 packages is read and becomes derivations, in shards that Nix can write", () => {
    const digits = (i: number): string => i.toString(16).padStart(64, "0").split("").reverse().join("");
    const text = Array.from(
      { length: 5000 },
      (_, i) =>
        `[[package]]\nname = "p${i}"\nversion = "1.0.${i}"\nsource = "${index}"\nchecksum = "${digits(i)}"\n`,
    ).join("\n");
    const plan = planCrates(lockedCrates(lockOf(`version = 4\n\n${text}`), none));
    const derived = deriveCrates(plan, {
      storeDir: asBytes("/nix/store"),
      system: asBytes("x86_64-linux"),
      node: asBytes(`/nix/store/${"a".repeat(32)}-node`),
      unpacker: asBytes(`/nix/store/${"b".repeat(32)}-unravel-crate.mjs`),
    });
    expect(derived.objects.length).toBe(10_001);
    expect(plan.set.isGated).toBe(true);
    expect(new Set(derived.objects.map(({ object }) => object.path)).size).toBe(10_001);
    const shards = partition(plan.set.units).map(({ keys }) => keys.length);
    expect(shards.reduce((sum, length) => sum + length, 0)).toBe(10_001);
    expect(Math.max(...shards)).toBeLessThanOrEqual(512);
  });
});

test("the fetch of a crate depends on its name, version and checksum, not on the project", () => {
  const context = {
    storeDir: asBytes("/nix/store"),
    system: asBytes("x86_64-linux"),
    node: asBytes(`/nix/store/${"a".repeat(32)}-node`),
    unpacker: asBytes(`/nix/store/${"b".repeat(32)}-unravel-crate.mjs`),
  };
  const crate = (name: string, sha256: string): LockedCrates["crates"][number] => ({
    name: asBytes(name),
    version: asBytes("1.0.0"),
    directory: asBytes("11111111"),
    from: { kind: "archive", url: asBytes(`https://packages.example/${name}`), sha256: asBytes(sha256) },
  });
  const paths = (crates: LockedCrates["crates"]): readonly string[] =>
    deriveCrates(planCrates({ crates, sources: [] }), context).objects.map(({ object }) => object.path);
  const alone = paths([crate("a", sum)]);
  const together = paths([crate("a", sum), crate("b", "f".repeat(64))]);
  expect(together).toEqual(expect.arrayContaining(alone.slice(0, 2)));
});

describe("a download template", () => {
  const crate = { name: asBytes("Serde_Yaml"), version: asBytes("0.9.1+x"), source: undefined };

  test.each([
    ["https://p.example/api/v1/crates", "https://p.example/api/v1/crates/Serde_Yaml/0.9.1%2Bx/download"],
    [
      "https://p.example/{crate}/{crate}-{version}.crate",
      "https://p.example/Serde_Yaml/Serde_Yaml-0.9.1%2Bx.crate",
    ],
    ["https://p.example/{prefix}/{lowerprefix}/{crate}", "https://p.example/Se/rd/se/rd/Serde_Yaml"],
    ["https://p.example/{sha256-checksum}", `https://p.example/${sum}`],
  ])("%s", (template, url) => {
    expect(downloadUrl(asBytes(template), crate, asBytes(sum))).toBe(url);
  });

  test.each([
    ["a", "1"],
    ["ab", "2"],
    ["abc", "3/a"],
    ["abcd", "ab/cd"],
  ])("puts %s below %s", (name, prefix) => {
    const entry = { name: asBytes(name), version: asBytes("1.0.0"), source: undefined };
    expect(downloadUrl(asBytes("https://p.example/{prefix}"), entry, asBytes(sum))).toBe(
      `https://p.example/${prefix}`,
    );
  });
});

describe("a condition", () => {
  const cfg = cfgSet(["unix", 'target_os="linux"', 'target_pointer_width="64"'].map(asBytes));

  test.each([
    ["cfg(unix)", true],
    ["cfg(windows)", false],
    ['cfg(all(unix, target_os = "linux"))', true],
    ['cfg(any(windows, target_os = "macos"))', false],
    ["cfg(not(any(windows)))", true],
    ["cfg(all())", true],
    ["cfg(any())", false],
    ["x86_64-unknown-linux-gnu", undefined],
    ["cfg(all(unix", undefined],
    ["cfg(unix) or so", undefined],
  ])("%s", (condition, expected) => {
    expect(holds(asBytes(condition), cfg)).toBe(expected);
  });
});
