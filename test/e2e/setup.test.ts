// The scripts that make a machine ready, judged by what real Nix builds with them. Needs Linux, Debian's apt
// and the right to make namespaces; the first run downloads about 180 MB, later ones nothing.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, cache, project, run, script } from "./setup-scripts.ts";

const scratch = mkdtempSync(join(tmpdir(), "setup-test-"));

/** Makes a derivation new to the store: a result of an earlier run would prove nothing. */
const fresh = (): string => `nonce = "${process.hrtime.bigint()}";`;

beforeAll(() => {
  const result = script("setup-toolchain.sh");
  if (result.status !== 0) throw new Error(result.stderr);
}, 300_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("setup", () => {
  test("does nothing and says nothing when all is there", () => {
    for (const name of ["setup-nix.sh", "setup-toolchain.sh"]) {
      expect(script(name)).toEqual({ status: 0, stdout: "", stderr: "" });
    }
  });

  test("gives Nix 2.34 or newer with dynamic derivations on and recursive-nix off", () => {
    const nix = (args: readonly string[], env = {}): string =>
      script("with-nix", ["nix", ...args], env).stdout;
    const [major = 0, minor = 0] = (/ (\d+)\.(\d+)/.exec(nix(["--version"])) ?? []).slice(1).map(Number);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(2034);
    const features = (env = {}): string[] =>
      nix(["config", "show", "experimental-features"], env).split(/\s+/);
    expect(features()).toEqual(expect.arrayContaining(["ca-derivations", "dynamic-derivations"]));
    expect(features()).not.toContain("recursive-nix");
    expect(features({ UNRAVEL_RECURSIVE_NIX: "1" })).toContain("recursive-nix");
  });

  test("uses the Nix of the machine when that is new enough", () => {
    const own = mkdtempSync(join(scratch, "own-"));
    symlinkSync(join(cache, "apt"), join(own, "apt"));
    const env = { UNRAVEL_CACHE: own, PATH: `${cache}/nix/bin:${process.env["PATH"]}` };
    const result = script("setup-nix.sh", [], env);
    expect(result.stderr).toContain(`using the Nix in ${cache}/nix/bin\n`);
    expect(result.stderr).not.toContain("nix-bin");
    expect(script("with-nix", ["nix", "--version"], env).stdout).toMatch(/^nix \(Nix\) \d/);
    const source = `derivation { name = "sh"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo >$out" ]; }`;
    expect(script("with-nix", ["nix-build", "--no-out-link", "-E", source], env).stdout).toMatch(/-sh\n$/);
  }, 60_000);

  test("leaves libc and its loader as Debian made them", () => {
    const hash = (path: string): string => run("sha256sum", [path]).stdout.slice(0, 64);
    const tree = `${cache}/nix-root${/"toolchain" "([^"]*)"/.exec(readFileSync(`${cache}/toolchain.nix`, "latin1"))?.[1]}`;
    const unpacked = join(scratch, "libc");
    const { stdout } = run("bash", ["-c", `ls ${cache}/apt/*/cache/archives/libc6_*.deb`]);
    const originals = stdout
      .trim()
      .split("\n")
      .flatMap((deb, index) => {
        run("dpkg-deb", ["-x", deb, `${unpacked}${index}`]);
        return run("find", [
          `${unpacked}${index}`,
          "-name",
          "libc.so.6",
          "-o",
          "-name",
          "ld-linux*.so.*",
          "-type",
          "f",
        ])
          .stdout.trim()
          .split("\n");
      });
    const known = new Set(originals.map(hash));
    const used = run("find", [
      `${tree}/usr/lib`,
      `${cache}/nix/lib`,
      "-name",
      "libc.so.6",
      "-o",
      "-name",
      "ld-linux*.so.*",
      "-type",
      "f",
    ]);
    const files = used.stdout.trim().split("\n");
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) expect(known.has(hash(file)), file).toBe(true);
  });
});

describe("the sandbox", () => {
  test("shows a build its inputs and nothing of the machine", () => {
    const seen = build(`t.runCommand "seen" { ${fresh()} } ''
      {
        echo "root: $(ls -A / | tr '\\n' ' ')"
        echo "bin: $(ls -A /bin | tr '\\n' ' ')"
        echo "etc: $(ls -A /etc | tr '\\n' ' ')"
        echo "tmp: $(ls -A /tmp | tr '\\n' ' ')"
        for path in /usr /home /root /var /work /lib64 /sys ${project} ${cache}; do
          if [[ -e $path ]]; then echo "visible: $path"; fi
        done
        ls -A /nix/store | grep -vF $(basename $out) | sed 's|^|store: |'
        ls -A /nix | sed 's|^|nix: |'
        echo "interfaces: $(sed -n 's/^ *\\(.*\\):.*/\\1/p' /proc/net/dev | tr '\\n' ' ')"
        echo "processes: $(echo /proc/[0-9]* | wc -w)"
      } >$out
    ''`);
    const lines = (key: string): string[] =>
      seen
        .split("\n")
        .filter((line) => line.startsWith(`${key}: `))
        .map((line) => line.slice(key.length + 2).trim());
    expect(lines("root")).toEqual(["bin build dev etc nix proc tmp"]);
    expect(lines("bin")).toEqual(["sh"]);
    expect(lines("etc")).toEqual(["group hosts passwd"]);
    expect(lines("tmp")).toEqual([""]);
    expect(lines("visible")).toEqual([]);
    expect(lines("nix")).toEqual(["store"]);
    expect(
      lines("store")
        .map((name) => name.slice(33))
        .toSorted(),
    ).toEqual(["build", "stdenv", "toolchain"]);
    expect(lines("interfaces")).toEqual(["lo"]);
    expect(Number(lines("processes")[0])).toBeLessThan(8);
  });

  test("gives a build no variable of the caller", () => {
    const text = build(
      `derivation {
        name = "variables"; inherit (t) system; ${fresh()}
        builder = "\${t.toolchain}/bin/bash";
        args = [ "-c" "\${t.toolchain}/bin/env > $out" ];
      }`,
      { LEAKED_VARIABLE: "yes" },
    );
    const names = text.split("\n").flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    expect(names.toSorted()).toEqual(
      // SHLVL, PWD, _ and OLDPWD are bash's own.
      ["HOME", "NIX_BUILD_CORES", "NIX_BUILD_TOP", "NIX_LOG_FD", "NIX_STORE", "PATH", "PWD", "SHLVL", "TEMP"]
        .concat(["TEMPDIR", "TERM", "TMP", "TMPDIR", "_", "builder", "name", "nonce", "out", "system"])
        .toSorted(),
    );
  });

  test("keeps a build from a port that this machine listens on", async () => {
    const server = createServer((socket) => socket.end("hello\n"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const connect = `exec 3<>/dev/tcp/127.0.0.1/${port}`;
    try {
      expect(run("bash", ["-c", connect]).status).toBe(0);
      const text = build(`t.runCommand "connect" { ${fresh()} } ''
        if (${connect}) 2>/dev/null; then echo reached >$out; else echo refused >$out; fi
      ''`);
      expect(text).toBe("refused\n");
    } finally {
      server.close();
    }
  });

  test("cannot be left by asking", () => {
    const source = `let t = import ${cache}/toolchain.nix; in t.runCommand "out" { __noChroot = true; ${fresh()} } "echo >$out"`;
    const result = script("with-nix", ["nix-build", "--no-out-link", "-E", source]);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain("'__noChroot' set, but that's not allowed when 'sandbox' is 'true'");
  });
});

describe("the toolchain", () => {
  test("compiles and runs C and C++, linked against its own libraries only", () => {
    const text = build(`t.runCommand "programs" { ${fresh()} } ''
      cat >a.c <<'EOF'
      #include <math.h>
      #include <stdio.h>
      int main(int count, char **words) { printf("c %.1f %s\\n", sqrt(count + 3), words[0]); }
      EOF
      cat >b.cc <<'EOF'
      #include <iostream>
      #include <thread>
      #include <vector>
      int main() {
        std::vector<int> v{1, 2};
        std::thread([&] { v.push_back(3); }).join();
        try { v.at(9); } catch (const std::exception &) { std::cout << "c++ " << v.size() << std::endl; }
      }
      EOF
      cc -O2 -g a.c -o a -lm
      c++ -O2 -g b.cc -o b
      cc -static a.c -o s -lm
      cc -flto -O2 a.c -o l -lm
      c++ -fsanitize=address,undefined b.cc -o n
      { ./a; ./b; ./s; ./l; ./n; } >$out
      readelf -ldW a b | sed -n 's/.*interpreter: \\(.*\\)]/\\1/p; s/.*runpath: \\[\\(.*\\)]/\\1/p' |
        sed "s|\${t.toolchain}|TOOLCHAIN|" >>$out
    ''`);
    const places = [
      expect.stringMatching(/^TOOLCHAIN\/usr\/lib\/[^/]*\/ld-linux/),
      expect.stringMatching(/^TOOLCHAIN\/usr\/lib\/[^/:]*$/),
    ];
    expect(text.trimEnd().split("\n")).toEqual([
      "c 2.0 ./a",
      "c++ 3",
      "c 2.0 ./s",
      "c 2.0 ./l",
      "c++ 3",
      ...places,
      ...places,
    ]);
  });

  test("names no loader, library folder or interpreter outside the store", () => {
    // libc.so.6 is not patched, so it keeps the loader it was made with; nothing starts it as a program.
    const text = build(`t.runCommand "elf" { trees = builtins.attrValues t.packages; } ''
      loader=$(echo \${t.toolchain}/usr/lib/*/ld-linux*.so.*)
      for tree in $trees; do
        find $tree/ -type f ! -name '*.o' ! -name '*.a' ! -name libc.so.6 -print0 | xargs -0 file -N -F '|' >kinds
        { grep 'ELF.*dynamically linked' kinds || true; } | cut -d'|' -f1 >elf
        xargs -r readelf -ldW <elf |
          sed -nE 's/.*(interpreter: |RPATH\\).*\\[|RUNPATH\\).*\\[)(.*)\\]/\\2/p' | tr : '\\n' >places
        wc -l <places >>counts
        { grep -v '^/nix/store/' places || true; } >>bad
        while read -r file; do
          LD_TRACE_LOADED_OBJECTS=1 $loader $file 2>&1 | { grep 'not found' || true; } | sed "s|^|$file |"
        done <elf >>bad
        { find $tree/ -type f -perm -0100 -exec head -qn 1 {} + | tr -d '\\0' | grep -a '^#!' || true; } |
          { grep -av '^#!/nix/store/' || true; } >>bad
      done
      { echo $(($(paste -sd+ counts))); sort -u bad; } >$out
    ''`);
    const [count, ...bad] = text.trimEnd().split("\n");
    expect(Number(count)).toBeGreaterThan(400);
    expect(bad).toEqual([]);
  }, 60_000);

  test("is the same when it is built again", () => {
    const result = script("with-nix", [
      ...["nix-build", "--no-out-link", "--check", join(cache, "toolchain/trees.nix")],
      ...["-A", "ninja", "-A", "pkg-config", "-A", "meson"],
    ]);
    expect(result.status, result.stderr).toBe(0);
  }, 60_000);
});

describe("the standard environment", () => {
  const sources = `
    source = builtins.toFile "main.c" "#include <stdio.h>\\nint twice(int);\\nint main(void) { return printf(\\"%d @GREETING@\\\\n\\", twice(21)) < 0; }\\n";
    library = builtins.toFile "twice.c" "int twice(int n) { return 2 * n; }\\n";
    lists = builtins.toFile "CMakeLists.txt" "cmake_minimum_required(VERSION 3.10)\\nproject(p C)\\nadd_library(twice SHARED twice.c)\\nadd_executable(main main.c)\\ntarget_link_libraries(main twice)\\ninstall(TARGETS main twice)\\nenable_testing()\\nadd_test(NAME runs COMMAND main)\\n";
    meson = builtins.toFile "meson.build" "project('p', 'c')\\ntwice = shared_library('twice', 'twice.c', install: true)\\nmain = executable('main', 'main.c', link_with: twice, install: true)\\ntest('runs', main)\\n";
    tree = t.runCommand "tree" { } "mkdir $out; cp \${source} $out/main.c; cp \${library} $out/twice.c; cp \${lists} $out/CMakeLists.txt; cp \${meson} $out/meson.build";
    common = {
      version = "1"; src = tree; doCheck = true; doInstallCheck = true; ${fresh()}
      GREETING = "hello";
      postPatch = "substituteInPlace main.c --subst-var GREETING";
      preBuild = "[[ $PWD == /build/source/build && -f build.ninja ]]";
      installCheckPhase = "$out/bin/main";
    };
    show = p: t.runCommand "show" { } "\${p}/bin/main >$out";`;

  test("builds, checks and installs a CMake project as nixpkgs' does", () => {
    const text = build(`let ${sources} in show (t.stdenv.mkDerivation (common // {
      pname = "cmake-project"; nativeBuildInputs = [ t.cmake t.ninja ];
    }))`);
    expect(text).toBe("42 hello\n");
  });

  test("configures what cmakeDir names, as the build directory sees it", () => {
    const text = build(`let ${sources} in show (t.stdenv.mkDerivation (common // {
      pname = "cmake-inside"; nativeBuildInputs = [ t.cmake t.ninja ];
      postPatch = common.postPatch + "\nmkdir code; mv *.c CMakeLists.txt code";
      cmakeDir = "../code";
    }))`);
    expect(text).toBe("42 hello\n");
  });

  test("takes structured attributes, a function of the final attributes and overrides", () => {
    const text = build(`let ${sources}
      project = t.stdenv.mkDerivation (final: removeAttrs common [ "GREETING" ] // {
        pname = "meson-project"; nativeBuildInputs = [ t.meson t.ninja ];
        __structuredAttrs = true; env.GREETING = "hi"; mesonFlags = [ "-Dc_args=-DONE -DTWO" ];
        passthru.label = "\${final.pname}-\${final.version}";
      });
      changed = project.overrideAttrs (old: { version = old.version + ".1"; env.GREETING = "hi again"; });
    in t.runCommand "both" { } "{ \${project}/bin/main; \${changed}/bin/main; echo \${project.label} \${changed.label} \${changed.name}; } >$out"`);
    expect(text).toBe("42 hi\n42 hi again\nmeson-project-1 meson-project-1.1 meson-project-1.1\n");
  });

  test("makes content-addressed outputs when it is asked to", () => {
    const text = build(`let p = t.runCommand "addressed" {
        __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; ${fresh()}
      } "echo same >$out"; in t.runCommand "path" { } "echo \${p} >$out"`);
    const [, path] = /^(\/nix\/store\/\S*-addressed)\n$/.exec(text) ?? [];
    const info = script("with-nix", ["nix", "path-info", "--json", "--json-format", "1", path ?? ""]);
    expect(info.stdout).toContain('"ca":"fixed:r:sha256:');
  });

  test("fails a build whose replacement is not there", () => {
    expect(() =>
      build(
        `t.runCommand "replace" { ${fresh()} } "echo text >file; substituteInPlace file --replace-fail absent x; cp file $out"`,
      ),
    ).toThrow('substitute: "absent" is not in file');
  });
});

describe("a store of its own", () => {
  test("has the toolchain, and collecting its garbage leaves the default store whole", () => {
    const root = join(cache, "test-store");
    rmSync(root, { recursive: true, force: true });
    expect(script("new-store.sh", [root])).toMatchObject({ status: 0, stderr: "" });
    const env = { UNRAVEL_NIX_ROOT: root };
    expect(build(`t.runCommand "there" { } "cc --version | head -n 1 >$out"`, env)).toMatch(/^cc \(Debian/);
    expect(script("with-nix", ["nix-store", "--gc"], env).status).toBe(0);
    const tree = readlinkSync(join(root, "nix/var/nix/gcroots/toolchain/toolchain"));
    expect(existsSync(join(root, tree, "bin/cc"))).toBe(true);
    expect(script("with-nix", ["nix-store", "--verify", "--check-contents"], env).stderr).not.toContain(
      "error",
    );
    rmSync(root, { recursive: true, force: true });
    expect(build(`t.runCommand "still" { ${fresh()} } "cc --version | head -n 1 >$out"`)).toMatch(
      /^cc \(Debian/,
    );
  }, 60_000);
});

describe("a source package", () => {
  test("is unpacked where a script can name it, with Debian's patches when asked", () => {
    const plain = script("fetch-source.sh", ["lua5.4"]);
    expect(plain.stdout).toBe(`${cache}/sources/lua5.4\n`);
    const patched = script("fetch-source.sh", ["--patched", "lua5.4"]);
    expect(patched.stdout).toBe(`${cache}/sources/lua5.4-patched\n`);
    const makefile = (path: string): string => readFileSync(join(path.trim(), "src/Makefile"), "latin1");
    expect(makefile(plain.stdout).includes("LIBTOOL")).toBe(false);
    expect(makefile(patched.stdout).includes("LIBTOOL")).toBe(true);
    expect(script("fetch-source.sh", ["lua5.4"])).toMatchObject({ status: 0, stderr: "" });
  }, 60_000);

  test("is unpacked in part, and whole again when that is asked for", () => {
    const own = mkdtempSync(join(scratch, "parts-"));
    symlinkSync(join(cache, "apt"), join(own, "apt"));
    const fetch = (...args: readonly string[]): ReturnType<typeof script> =>
      script("fetch-source.sh", [...args, "lua5.4"], { UNRAVEL_CACHE: own });
    const names = (folder: string): readonly string[] =>
      readdirSync(join(own, "sources/lua5.4", folder)).sort();
    const parts = ["--only", "src/lua.c", "--only", "doc"];
    expect(fetch(...parts).status).toBe(0);
    expect([names(""), names("src")]).toEqual([["doc", "src"], ["lua.c"]]);
    expect(names("doc").length).toBeGreaterThan(3);
    expect(fetch(...parts)).toMatchObject({ status: 0, stderr: "" });
    expect(fetch().status).toBe(0);
    expect(names("")).toContain("Makefile");
    expect(fetch("--patched", ...parts)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        "error: --patched needs the whole source: leave --only out [setup/usage]",
      ),
    });
  }, 120_000);
});
