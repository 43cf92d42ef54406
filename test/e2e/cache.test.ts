// Binary caches that `unravel cache` writes, read by real Nix on stores that never saw the source.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ran } from "../cli.ts";
import { type BuildStore, makeBuildStore } from "./build-store.ts";
import { type HostProject, type HostTools, hostTools } from "./host.ts";
import { makeRealNix, type RealNix } from "./real-nix.ts";

const minutes = 60_000;
const files = {
  "build.ninja":
    "rule up\n  command = tr a-z A-Z < $in > $out\nrule join\n  command = cat $in > $out\n" +
    "build a.up: up a.txt\nbuild b.up: up b.txt\nbuild all.txt: join a.up b.up\n",
  "a.txt": "one\n",
  "b.txt": "two\n",
};

describe("unravel cache", () => {
  let store: BuildStore;
  let tools: HostTools;
  let project: HostProject;
  const stores: RealNix[] = [];
  const at = (path: string): string => join(project.directory, path);
  const plan = ["ninja", "build.ninja", "--root", "."] as const;
  const cache = (...args: readonly string[]): Promise<Ran> =>
    project.run(["cache", ...args, "--toolchain", tools.toolchain], { env: tools.env });
  const fresh = (settings = ""): RealNix => {
    const nix = makeRealNix({ settings });
    stores.push(nix);
    return nix;
  };
  const nixOf = (...args: readonly string[]): string =>
    execFileSync("nix", [...args], { env: { ...process.env, ...tools.env }, encoding: "utf8" }).trim();
  let root = "";
  let result = "";

  beforeAll(async () => {
    store = await makeBuildStore();
    tools = hostTools(store);
    project = tools.project(files);
    const built = await project.build(["--out-link", "result"]);
    if (built.code !== 0) throw new Error(built.err);
    const emitted = await project.run(["emit", ...plan, "--toolchain", tools.toolchain, "--to", "daemon"], {
      env: tools.env,
    });
    root = emitted.out.trim();
    result = execFileSync("readlink", [at("result")], { encoding: "utf8" }).trim();
    // A key as Nix makes it.
    writeFileSync(at("secret.key"), nixOf("key", "generate-secret", "--key-name", "test-1"));
  }, 3 * minutes);
  afterAll(() => {
    for (const nix of stores) nix.remove();
    project?.remove();
    store?.remove();
  }, minutes);

  const publicKey = (): string =>
    execFileSync("nix", ["key", "convert-secret-to-public"], {
      env: { ...process.env, ...tools.env },
      input: readFileSync(at("secret.key")),
      encoding: "utf8",
    }).trim();

  test.each(["br", "gzip", "none", "xz", "zstd"])(
    "packs with %s what nix copy takes",
    async (compression) => {
      const small = nixOf("store", "add", "--name", "small", at("a.txt"));
      const { code, err } = await cache("--to", `cache-${compression}`, small, "--compression", compression);
      expect(err).toBe("1 path written, 0 there already, 0 results of derivations\n");
      expect(code).toBe(0);
      const nix = fresh();
      const url = `file://${at(`cache-${compression}`)}`;
      await nix.run("nix", "copy", "--from", url, small);
      expect(readFileSync(nix.root + small, "utf8")).toBe("one\n");
      const info = JSON.parse(
        await nix.run("nix", "path-info", "--store", url, "--json", "--json-format", "1", small),
      );
      expect(Object.values(info)).toMatchObject([
        { compression: compression === "none" ? "none" : compression },
      ]);
    },
  );

  test("writes a plan's derivations without Nix, and another store builds them", async () => {
    const ran = await project.run(["cache", "--to", "drvs", ...plan, "--toolchain", tools.toolchain], {
      env: { PATH: "" },
    });
    expect(ran.err).toMatch(
      /^\d+ paths written, 0 there already, 0 results of derivations\nnote: the toolchain is not in the cache: \/nix\/store\/\S*-toolchain\n {2}hint: .*\n$/,
    );
    // A store with the toolchain and nothing of the project.
    const other = await makeBuildStore();
    try {
      const run = (...args: readonly string[]): string =>
        execFileSync("nix", args, {
          env: { ...process.env, ...hostTools(other).env },
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        }).trim();
      const substituters = ["--option", "substituters", `file://${at("drvs")}`];
      expect(run("build", "--no-link", "--print-out-paths", ...substituters, `${root}^out`)).toBe(result);
      expect(readFileSync(join(other.physical(result), "all.txt"), "utf8")).toBe("ONE\nTWO\n");
    } finally {
      other.remove();
    }
    const names = readdirSync(at("drvs")).filter((name) => name.endsWith(".narinfo"));
    const infos = names.map((name) => readFileSync(join(at("drvs"), name), "utf8"));
    expect(infos.filter((info) => /StorePath: .*\.drv$/m.test(info))).toHaveLength(4);
    expect(infos.every((info) => /^CA: (text|fixed):/m.test(info))).toBe(true);
  });

  test(
    "signs so that a store which wants signatures takes it, and builds nothing",
    async () => {
      const { code, err } = await cache("--to", "all", ...plan, "--outputs", "--key", "secret.key");
      expect(code).toBe(0);
      expect(err).toMatch(/ [1-9]\d* results of derivations\nnote: /);
      const more = await cache("--to", "all", "result", `${root}^out`, "--key", "secret.key");
      expect(more.code).toBe(0);
      // A store that has the toolchain and has never seen the project. No builder may run there.
      const other = await makeBuildStore();
      try {
        const settings = `require-sigs = true\nsubstituters = file://${at("all")}\nmax-jobs = 0\n`;
        const build = (): string =>
          execFileSync("nix", ["build", "--no-link", "--print-out-paths", `${root}^out`], {
            env: {
              ...process.env,
              ...hostTools(other).env,
              NIX_CONFIG: `${settings}trusted-public-keys = ${publicKey()}`,
            },
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
          }).trim();
        expect(build()).toBe(result);
        expect(readFileSync(join(other.physical(result), "all.txt"), "utf8")).toBe("ONE\nTWO\n");
      } finally {
        other.remove();
      }
      const info = readFileSync(join(at("all"), `${result.slice(11, 43)}.narinfo`), "utf8");
      expect(info).toMatch(/^Sig: test-1:[A-Za-z0-9+/]{86}==$/m);
      // Nix's own signature of the same path, with the same key.
      nixOf("store", "sign", "--key-file", at("secret.key"), result);
      const signatures = nixOf("path-info", "--sigs", result).split(/\s+/).slice(1);
      expect(signatures).toContain(/^Sig: (.*)$/m.exec(info)?.[1]);
      const realised = readdirSync(join(at("all"), "realisations"));
      expect(realised.length).toBeGreaterThan(3);
      for (const name of realised) {
        const json = JSON.parse(readFileSync(join(at("all"), "realisations", name), "utf8"));
        expect(name).toBe(`${json.id}.doi`);
        expect(json.signatures[0]).toMatch(/^test-1:/);
      }
    },
    2 * minutes,
  );

  test("adds nothing twice and leaves no half of a file", async () => {
    const again = await cache("--to", "all", "result");
    expect(again.err).toMatch(/^0 paths written, 1 there already/);
    expect(readdirSync(at("all")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("refuses a key that is none, a path that is none, and a packer that is not there", async () => {
    const key = async (contents: string): Promise<string> => {
      writeFileSync(at("bad.key"), contents);
      return (await cache("--to", "x", "result", "--key", "bad.key")).err;
    };
    const hint = "\n  hint: make one with `nix key generate-secret --key-name NAME`\n";
    expect(await key("hello\n")).toBe(`error: "bad.key" is no signing key of Nix [cache/bad-key]${hint}`);
    expect(await key("")).toBe(`error: "bad.key" is no signing key of Nix [cache/bad-key]${hint}`);
    expect(await key(publicKey())).toBe(
      `error: "bad.key" holds a public key: signing needs the secret one [cache/bad-key]${hint}`,
    );
    const path = await cache("--to", "x", "a.txt");
    expect(path.code).toBe(2);
    expect(path.err).toContain('"a.txt" is no store path, and no link to one [cli/usage]');
    const gone = await cache("--to", "x", `/nix/store/${"0".repeat(32)}-gone`);
    expect(gone.err).toContain("is not in the store [cli/no-such-file]");
    rmSync(at("x"), { recursive: true, force: true });
    const search = process.env["PATH"];
    try {
      mkdirSync(at("empty"), { recursive: true });
      process.env["PATH"] = at("empty");
      const none = await project.run(
        ["cache", "--to", "x", ...plan, "--toolchain", tools.toolchain, "--compression", "xz"],
        { env: {} },
      );
      expect(none.code).toBe(3);
      expect(none.err).toBe(
        "error: the program xz is not on PATH [cache/no-compressor]\n" +
          "  hint: install it, or choose --compression br, gzip or none, which need no program\n",
      );
    } finally {
      process.env["PATH"] = search;
    }
    expect(readdirSync(at("x")).filter((name) => name !== "nar")).toEqual(["nix-cache-info"]);
  });
});
