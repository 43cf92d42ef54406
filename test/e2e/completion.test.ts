// Completion scripts in the shells that they are for, which are Debian's: what is typed up to a tab, and what becomes
// of it.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unravel } from "../cli.ts";
import { projectDirectory } from "./build-store.ts";

const minutes = 60_000;

/** Folder of a shell with everything that its package brings. */
function fetchShell(name: string): string {
  const script = join(projectDirectory, "scripts/fetch-program.sh");
  return execFileSync(script, [name, name], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

const typed: readonly (readonly [line: string, whole: string])[] = [
  ["gr", "graph"],
  ["build --keep", "build --keep-going"],
  ["build -j 2 ni", "build -j 2 ninja"],
  ["plan ninja proj", "plan ninja project.txt"],
  ["drv sh", "drv show"],
  ["completion fi", "completion fish"],
  ["help bui", "help build"],
  ["cache --compression zs", "cache --compression zstd"],
  ["graph ninja x --format=d", "graph ninja x --format=dot"],
];

describe("completion in real shells", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "unravel-shells-"));
    writeFileSync(join(directory, "project.txt"), "");
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const script = async (shell: string): Promise<string> => (await unravel(["completion", shell])).out;

  test(
    "zsh completes from a file in fpath, the first time too",
    async () => {
      const tree = join(fetchShell("zsh"), "tree/usr");
      mkdirSync(join(directory, "functions"));
      writeFileSync(join(directory, "functions/_unravel"), Buffer.from(await script("zsh"), "latin1"));
      // Where Debian's zsh would be installed.
      writeFileSync(
        join(directory, ".zshenv"),
        `module_path=(${tree}/lib/*/zsh/*(/))\nfpath=(${directory}/functions ${tree}/share/zsh/functions/**/*(/))\n`,
      );
      writeFileSync(
        join(directory, ".zshrc"),
        'autoload -U compinit\ncompinit -u -D\nunravel() { print -r -- "got [$*]" }\n',
      );
      // On a terminal.
      const { stdout } = spawnSync("script", ["-qec", `${join(tree, "../../bin/zsh")} -d -i`, "/dev/null"], {
        cwd: directory,
        env: { ...process.env, ZDOTDIR: directory, TERM: "dumb" },
        input: `${typed.map(([line]) => `unravel ${line}\t\n`).join("")}exit\n`,
        encoding: "utf8",
      });
      const whole = [...stdout.matchAll(/got \[(.*)\]/g)].map(([, words]) => words);
      expect(whole).toEqual(typed.map(([, expected]) => expected));
    },
    3 * minutes,
  );

  test(
    "fish offers what can be typed, with what it means",
    async () => {
      const top = fetchShell("fish");
      const file = join(directory, "unravel.fish");
      writeFileSync(file, Buffer.from(await script("fish"), "latin1"));
      const offered = (line: string): readonly string[] =>
        execFileSync(
          join(top, "bin/fish"),
          [
            "--no-config",
            "-c",
            `set fish_function_path ${top}/tree/usr/share/fish/functions; source ${file}; complete -C 'unravel ${line}'`,
          ],
          { cwd: directory, env: { ...process.env, HOME: directory }, encoding: "utf8" },
        )
          .trim()
          .split("\n");
      const words = typed.map(([line]) => offered(line).map((row) => row.split("\t")[0]));
      expect(words).toEqual(typed.map(([, whole]) => [whole.split(" ").at(-1)]));
      expect(offered("cache --compression ").map((row) => row.split("\t")[0])).toEqual([
        ...["br", "gzip", "none", "xz", "zstd"],
      ]);
      expect(offered("foll")).toEqual([
        "follow\tread Nix's internal-json log from standard input and show how far the build is",
      ]);
    },
    3 * minutes,
  );
});
