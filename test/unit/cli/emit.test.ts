// `unravel emit` to files and to a binary cache: what lies where, and that nothing is half written.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseDerivation } from "../../../emit/aterm-reader.ts";
import { derivationPath } from "../../../emit/derivation.ts";
import { fromBuffer, fromText } from "../../../graph/bytes.ts";
import { makeProject } from "../../cli.ts";

const bash = "/nix/store/00000000000000000000000000000000-bash";
const cc = "/nix/store/11111111111111111111111111111111-cc";
const project = makeProject({
  "build.ninja": `rule run
  command = ${cc}/bin/cc $in > $out
build a: run x
build b: run a
`,
  x: "source\n",
  "toolchain.json": JSON.stringify({
    shell: `${bash}/bin/bash`,
    path: [`${bash}/bin`],
    env: { GREETING: "it's", SOURCE: "" },
  }),
});
afterAll(project.remove);

const args = ["emit", "ninja", "build.ninja", "--root", ".", "--toolchain", "toolchain.json", "--to"];
const store = (path: string): string => join(project.directory, "out", path);

describe("unravel emit", () => {
  it("writes objects below a directory, at their paths, and prints the root", async () => {
    const { code, out, err } = await project.run([...args, "out"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^\/nix\/store\/[0-9a-z]{32}-project-r-root\.drv\n$/);
    const names = readdirSync(store("/nix/store")).map((name) => name.slice(33));
    const named = (pattern: RegExp): number => names.filter((name) => pattern.test(name)).length;
    expect(named(/^(environment|root\.sh|step\.sh|project-r-root\.drv)$/)).toBe(4);
    expect([named(/^project-0-.*x$/), named(/^project-\d.*-recipe$/), named(/^project-\d.*\.drv$/)]).toEqual([
      1, 2, 2,
    ]);
    expect(names).toHaveLength(10);
    expect(readFileSync(store(out.trim()), "latin1")).toMatch(/^Derive\(\[/);
  });

  it("writes every derivation under the path that its text has", async () => {
    await project.run([...args, "out"]);
    for (const name of readdirSync(store("/nix/store")).filter((name) => name.endsWith(".drv"))) {
      const text = fromBuffer(readFileSync(store(`/nix/store/${name}`)));
      const derivation = parseDerivation(text, fromText(name.slice(33, -4)));
      expect(derivationPath(derivation, text)).toBe(`/nix/store/${name}`);
      // What the sandbox must hold: a command's own tools included.
      const environment = derivation.inputSrcs.find((path) => path.endsWith("-environment"));
      expect(readFileSync(`${store(String(environment))}/references`, "utf8")).toBe(`${bash}\n${cc}\n`);
    }
  });

  it("quotes the environment for a shell", async () => {
    await project.run([...args, "out"]);
    const name = readdirSync(store("/nix/store")).find((entry) => entry.endsWith("-environment"));
    expect(readFileSync(store(`/nix/store/${name}/environment.sh`), "utf8")).toBe(
      `export GREETING='it'\\''s'
export PATH='${bash}/bin'
export SOURCE=''
export SOURCE_DATE_EPOCH='315532800'
`,
    );
  });

  it("leaves what is there as it is, and nothing half written", async () => {
    const first = (await project.run([...args, "again", "--json"])).out;
    const file = join(project.directory, "again", JSON.parse(first).root);
    const before = statSync(file).ino;
    const second = await project.run([...args, "again", "--json"]);
    expect(JSON.parse(second.out)).toMatchObject({ added: 0, present: 10 });
    expect(statSync(file).ino).toBe(before);
    expect(
      readdirSync(join(project.directory, "again/nix/store")).filter((name) => name.startsWith(".")),
    ).toEqual([]);
  });

  it("writes a binary cache with the same paths", async () => {
    const files = (await project.run([...args, "out", "--json"])).out;
    const cache = (await project.run([...args, "cache:drvs", "--json"])).out;
    expect(JSON.parse(cache)).toMatchObject({ root: JSON.parse(files).root, outside: [bash, cc] });
    expect(existsSync(join(project.directory, "drvs/nix-cache-info"))).toBe(true);
    expect(
      readdirSync(join(project.directory, "drvs")).filter((name) => name.endsWith(".narinfo")),
    ).toHaveLength(10);
  });
});
