// `unravel-ninja` as the program that CMake and Meson drive: `cmake --build`, `ctest`, `meson compile`, `meson test`,
// in a checkout, with real tools. `nix shell` lays the test's store where its paths say; a daemon outside builds.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, cacheDirectory, makeBuildStore, projectDirectory } from "./build-store.ts";
import { hostTools, toolchainPath } from "./host.ts";

const minutes = 60_000;

describe("unravel-ninja", () => {
  let store: BuildStore;
  let scratch: string;
  let program: string;
  let stop = (): void => undefined;
  let run: (script: string) => string;

  beforeAll(async () => {
    store = await makeBuildStore();
    // Inside the project, where it finds its templates; called as generators call it.
    mkdirSync(join(projectDirectory, "dist"), { recursive: true });
    scratch = mkdtempSync(join(projectDirectory, "dist/e2e-"));
    program = join(scratch, "unravel-ninja");
    await bundle({
      absWorkingDir: projectDirectory,
      entryPoints: { "unravel-ninja": "cli/ninja-main.ts" },
      outdir: scratch,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "warning",
    });
    writeFileSync(
      program,
      `#!/bin/sh\nexec '${process.execPath}' '${join(scratch, "unravel-ninja.mjs")}' "$@"\n`,
      { mode: 0o755 },
    );

    const { env } = hostTools(store);
    const socket = join(store.directory, "daemon");
    const daemon = spawn("nix-daemon", [], {
      env: { ...env, NIX_DAEMON_SOCKET_PATH: socket },
      stdio: "ignore",
    });
    stop = () => daemon.kill();
    for (let left = 200; !existsSync(socket); left--) {
      if (left === 0) throw new Error("nix-daemon made no socket in 10 s");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const set = readFileSync(join(cacheDirectory, "toolchain.nix"), "utf8");
    const tools = ["cmake", "meson", "python3"].map((name) => {
      const path = new RegExp(`packages\\."${name}" = tool "${name}" "([^"]+)"`).exec(set)?.[1];
      if (path === undefined) throw new Error(`the toolchain set names no ${name}`);
      return `${path}/bin`;
    });
    const path = [scratch, `${toolchainPath()}/bin`, ...tools].join(":");
    const remote = `unix://${socket}?root=${store.physical("")}`;
    run = (script) => {
      const words = ["shell", toolchainPath(), "-c", "env", `NIX_REMOTE=${remote}`, "bash", "-euc", script];
      const { status, stdout, stderr } = spawnSync("nix", words, {
        cwd: store.directory,
        env: { ...env, PATH: `${path}:${env["PATH"]}`, NINJA: program },
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${script}: exit code ${status}\n${stdout}${stderr}`);
      return stdout;
    };
  }, 2 * minutes);
  afterAll(() => {
    stop();
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    store?.remove();
  }, minutes);

  function project(name: string, files: Readonly<Record<string, string>>): string {
    const directory = join(store.directory, name);
    mkdirSync(directory);
    const sources = {
      "util.c": "int util(void) { return 35; }\n",
      "main.c":
        '#include <stdio.h>\nint util(void);\nint main(void) {\n  printf("%d\\n", util());\n  return 0;\n}\n',
      ...files,
    };
    for (const [path, text] of Object.entries(sources)) writeFileSync(join(directory, path), text);
    return directory;
  }
  const commandsOf = (out: string): readonly string[] =>
    out.split("\n").flatMap((line) => /^\[\d+\/\d+\] (.*)/.exec(line)?.[1] ?? []);

  test(
    "is driven by CMake: configure, build, edits, ctest, install, clean",
    () => {
      const directory = project("with-cmake", {
        "CMakeLists.txt": `cmake_minimum_required(VERSION 3.13)
project(p C)
add_library(util STATIC util.c)
add_executable(app main.c)
target_link_libraries(app util)
install(TARGETS app)
enable_testing()
add_test(NAME app COMMAND app)
`,
      });
      const cmake = (script: string): string => run(`cd ${directory}; ${script}`);
      cmake(`cmake -S . -B build -G Ninja -DCMAKE_MAKE_PROGRAM=${program}`);
      expect(commandsOf(cmake("cmake --build build"))).toHaveLength(4);
      expect(cmake("cmake --build build; build/app")).toBe("ninja: no work to do.\n35\n");
      writeFileSync(join(directory, "util.c"), "int util(void) { return 36; }\n");
      expect(commandsOf(cmake("cmake --build build"))).toEqual([
        "Building C object CMakeFiles/util.dir/util.c.o",
        "Linking C static library libutil.a",
        "Linking C executable app",
      ]);
      expect(cmake("cmake --build build --target test")).toContain(
        "100% tests passed, 0 tests failed out of 1",
      );
      cmake(`DESTDIR=${directory}/stage cmake --build build --target install`);
      expect(cmake("stage/usr/local/bin/app")).toBe("36\n");
      writeFileSync(
        join(directory, "CMakeLists.txt"),
        `${readFileSync(join(directory, "CMakeLists.txt"), "utf8")}# a comment\n`,
      );
      expect(cmake("cmake --build build")).toContain("Re-running CMake...");
      expect(cmake("cmake --build build")).toBe("ninja: no work to do.\n");
      cmake("cmake --build build --target clean");
      expect(existsSync(join(directory, "build/app"))).toBe(false);
    },
    2 * minutes,
  );

  test(
    "is driven by Meson: setup, compile, edits, test, and setup again",
    () => {
      const directory = project("with-meson", {
        "meson.build": `project('p', 'c')
lib = library('answers', 'util.c', version: '1.2.3', soversion: '1')
# Runs before the links to the library are steps of anybody: setup makes them.
tool = executable('tool', 'main.c', link_with: lib)
answer = custom_target('answer', output: 'answer.txt', command: [tool], capture: true, build_by_default: true)
app = executable('app', 'main.c', link_with: lib)
test('app', app)
`,
      });
      const meson = (script: string): string => run(`cd ${directory}; ${script}`);
      meson("meson setup build");
      expect(commandsOf(meson("meson compile -C build"))).toHaveLength(8);
      expect(meson("build/app; cat build/answer.txt")).toBe("35\n35\n");
      expect(meson("meson compile -C build")).toContain("ninja: no work to do.");
      writeFileSync(join(directory, "util.c"), "int util(void) { return 36; }\n");
      expect(commandsOf(meson("meson compile -C build"))).toContain(
        "Compiling C object libanswers.so.1.2.3.p/util.c.o",
      );
      expect(meson("build/app; cat build/answer.txt")).toBe("36\n36\n");
      expect(meson("meson test -C build")).toMatch(/1\/1 app +OK/);
      writeFileSync(
        join(directory, "meson.build"),
        `${readFileSync(join(directory, "meson.build"), "utf8")}# a comment\n`,
      );
      expect(meson("meson compile -C build")).toContain("Regenerating build files.");
      expect(meson("meson compile -C build")).toContain("ninja: no work to do.");
    },
    2 * minutes,
  );
});
