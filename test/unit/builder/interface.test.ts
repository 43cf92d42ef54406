// What a linker sees of a shared library: what is linked with it is what is linked with the library, for the linkers of
// binutils; and it changes when that would, not when code does.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../emit/temporary.ts";
import { scripts, shell } from "./attributes.ts";

const linkers = ["bfd", "gold"] as const;

class Bench {
  readonly directory = temporaryDirectory();

  constructor() {
    mkdirSync(join(this.directory, "lib"));
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.directory, name), text, "latin1");
    return name;
  }

  /** Runs a compiler or a linker; what it prints. */
  run(program: string, ...words: readonly string[]): string {
    return execFileSync(program, words, {
      cwd: this.directory,
      encoding: "latin1",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** `lib/NAME`, compiled from a source. */
  library(name: string, source: string, text: string, ...words: readonly string[]): Buffer {
    const file = this.write(source, text);
    this.run(
      source.endsWith(".cc") ? "g++" : "gcc",
      "-shared",
      "-fPIC",
      "-w",
      file,
      ...words,
      "-o",
      `lib/${name}`,
    );
    return this.read(`lib/${name}`);
  }

  /** The interface of `lib/NAME`. */
  interfaceOf(name: string): Buffer {
    execFileSync(
      shell,
      [join(scripts, "interface.sh"), join(this.directory, "lib", name), join(this.directory, "seen")],
      {
        env: { PATH: "/usr/bin:/bin" },
      },
    );
    return this.read("seen");
  }

  read(name: string): Buffer {
    return readFileSync(join(this.directory, name));
  }

  /** Compiles what is linked to `main.o`. */
  compile(source: string, mode: readonly string[]): void {
    const words = mode.filter((word) => !word.startsWith("-Wl,"));
    this.run(source.endsWith(".cc") ? "g++" : "gcc", "-w", ...words, "-c", source, "-o", "main.o");
  }

  /**
   * Links `main.o` twice at the same place, once with each file as `lib/NAME`, and compares what comes out of it, or what
   * the linker says; whether something came out.
   */
  linkWith(
    files: ReadonlyMap<string, readonly [Buffer, Buffer]>,
    program: string,
    words: readonly string[],
  ): boolean {
    const [real, seen] = [0, 1].map((which) => {
      for (const [name, both] of files) writeFileSync(join(this.directory, "lib", name), both[which] ?? "");
      try {
        this.run(program, "main.o", ...words, "-o", "linked");
        return this.read("linked").toString("latin1");
      } catch (error) {
        return `failed: ${(error as { stderr?: unknown }).stderr}`;
      }
    });
    // Whole programs are no message.
    expect([words, real === seen]).toEqual([words, true]);
    return real?.startsWith("failed: ") === false;
  }
}

/** Every sort of symbol that a library exports. */
const everything = `
int counter = 3;
const char *const names[] = { "a", "b" };
const int table[100] = { 1, 2 };
const char byte_constant = 1;
char buffer[1000];
_Alignas(256) int aligned[7] = { 1 };
__thread int local_number = 4;
__thread char local_buffer[10];
int real_name = 1;
extern int weak_name __attribute__((weak, alias("real_name")));
extern int shared_name __attribute__((alias("counter")));
__attribute__((visibility("protected"))) int guarded(void) { return 5; }
__attribute__((visibility("hidden"))) int hidden = 6;
static int part(int x) { return x * 3; }
int function(int x) { return part(x) + counter + hidden; }
__attribute__((weak)) int weak_function(void) { return 1; }
static int one(void) { return 1; }
static int (*choose(void))(void) { return one; }
int chosen(void) __attribute__((ifunc("choose")));
__attribute__((constructor)) static void begin(void) { buffer[0] = 1; }
int undefined_elsewhere(void);
int asks(void) { return &undefined_elsewhere != 0; }
int versioned_old(void) { return 1; }
int versioned_new(void) { return 2; }
__asm__(".symver versioned_old, versioned@ONE");
__asm__(".symver versioned_new, versioned@@TWO");
`;

const versions = "ONE { global: *; }; TWO { global: versioned; } ONE;";

const uses = `
extern int counter, aligned[7], weak_name, shared_name;
extern const char *const names[];
extern const int table[];
extern const char byte_constant;
extern char buffer[];
extern __thread int local_number;
int function(int); int weak_function(void); int chosen(void); int versioned(void); int guarded(void);
int undefined_elsewhere(void) { return 9; }
int (*address)(int) = function;
int *data = &counter;
int main(void) {
  return counter + aligned[0] + weak_name + shared_name + guarded() + *names[1] + table[3] + byte_constant + buffer[0] +
    local_number + function(1) + weak_function() + chosen() + versioned() + address(2) + *data;
}
`;

const modes: readonly (readonly string[])[] = [
  [],
  ["-no-pie", "-fno-pie"],
  ["-no-pie", "-fno-pie", "-O2", "-Wl,-z,now", "-Wl,--hash-style=sysv"],
  ["-fPIE", "-Wl,-z,nocopyreloc"],
  ["-Wl,--as-needed", "-Wl,--build-id", "-g", "-rdynamic"],
  ["-shared", "-fPIC", "-Wl,-z,defs", "-Wl,-rpath,/somewhere"],
  ["-flto", "-O2"],
];

describe("what a linker sees of a library", () => {
  it("gives the same programs as the library, whatever symbols it has", () => {
    const bench = new Bench();
    bench.write("versions", versions);
    bench.write("main.c", uses);
    const libraries = [
      [],
      ["-Wl,-soname,libx.so.1", "-Wl,-rpath,/a:/b", "-Wl,-Bsymbolic", "-Wl,-z,norelro", "-s"],
    ].map((more) => {
      const real = bench.library(
        "libx.so",
        "x.c",
        everything,
        "-O2",
        "-Wl,--version-script=versions",
        ...more,
      );
      const seen = bench.interfaceOf("libx.so");
      expect(seen.length).toBeLessThan(real.length / 2);
      return new Map([["libx.so", [real, seen] as const]]);
    });
    for (const mode of modes) {
      bench.compile("main.c", mode);
      for (const linker of linkers) {
        for (const library of libraries) {
          expect(bench.linkWith(library, "gcc", [`-fuse-ld=${linker}`, ...mode, "lib/libx.so"])).toBe(
            // gold has no such relocation to offer.
            linker === "bfd" || !mode.includes("-Wl,-z,nocopyreloc"),
          );
        }
      }
    }
  }, 60_000);

  it("gives the same programs through libraries of libraries, and of C++", () => {
    const bench = new Bench();
    const header =
      "struct B { virtual ~B(); virtual int f() const; static int n; }; struct D : B { int f() const; };\n";
    const base = bench.library(
      "libb.so",
      "b.cc",
      `${header}B::~B() {} int B::f() const { return 1; } int B::n = 2;`,
      "-Wl,-soname,libb.so",
    );
    const derived = bench.library(
      "libd.so",
      "d.cc",
      `#include <string>\n#include <stdexcept>\n${header}int D::f() const { throw std::runtime_error("x"); }\n` +
        `std::string text(int n) { return std::string(n, 'x'); }\ntemplate<class T> T next(T t) { static T s = t; return s++; }\ntemplate int next(int);`,
      "lib/libb.so",
    );
    const both = new Map([
      ["libb.so", [base, bench.interfaceOf("libb.so")] as const],
      ["libd.so", [derived, bench.interfaceOf("libd.so")] as const],
    ]);
    bench.write(
      "main.cc",
      `#include <string>\n#include <typeinfo>\n${header}std::string text(int); template<class T> T next(T); extern template int next(int);\n` +
        "int main() { D d; B b; const B &r = d; try { return text(3).size() + b.f() + next(1) + B::n; } catch (...) { return typeid(r) == typeid(D); } }",
    );
    for (const mode of [[], ["-no-pie", "-fno-pie"], ["-shared", "-fPIC"]]) {
      bench.compile("main.cc", mode);
      for (const linker of linkers) {
        const words = [`-fuse-ld=${linker}`, ...mode, "-Wl,-rpath-link,lib", "lib/libd.so"];
        bench.linkWith(both, "g++", words);
        expect(bench.linkWith(both, "g++", [...words, "-Wl,--as-needed", "lib/libb.so"])).toBe(true);
      }
    }
  }, 60_000);

  it("stays as it is when only code and hidden data change", () => {
    const bench = new Bench();
    bench.write("versions", versions);
    const seen = (text: string): Buffer => {
      bench.library("libx.so", "x.c", text, "-O2", "-Wl,--version-script=versions");
      return bench.interfaceOf("libx.so");
    };
    const before = seen(everything);
    for (const [from, to] of [
      ["return x * 3;", "for (int i = 0; i < x; i++) buffer[i] += x; return x / 7;"],
      ["int hidden = 6;", "int hidden = 7; static int more[3000]; int *used(void) { return more; }"],
      ["int counter = 3", "int counter = 4"],
      ["{ 1, 2 }", "{ 1, 2, 3 }"],
      ["buffer[0] = 1", "counter = 9; buffer[1] = 2"],
    ] as const) {
      expect(everything.split(from)).toHaveLength(2);
      // A new function is another interface unless it is hidden.
      expect([
        to,
        seen(
          everything.replace(
            from,
            to.replace("int *used", '__attribute__((visibility("hidden"))) int *used'),
          ),
        ).equals(before),
      ]).toEqual([to, true]);
    }
  }, 60_000);

  it("changes with every thing that a linker may look at", () => {
    const bench = new Bench();
    bench.write("versions", versions);
    bench.write("other", versions.replace("TWO", "THREE"));
    bench.library("liby.so", "y.c", "int y(void) { return 1; }");
    const seen = (text: string, ...words: readonly string[]): string => {
      bench.library(
        "libx.so",
        "x.c",
        text,
        "-O2",
        ...(words.some((word) => word.includes("script")) ? [] : ["-Wl,--version-script=versions"]),
        ...words,
      );
      return bench.interfaceOf("libx.so").toString("latin1");
    };
    const all = [
      seen(everything),
      ...(
        [
          ["char buffer[1000]", "char buffer[1008]"],
          ["_Alignas(256)", "_Alignas(64)"],
          ["char byte_constant = 1", "char byte_constant = 1; const char another_constant = 2"],
          ["const int table", "int table"],
          ["__thread char local_buffer", "char local_buffer"],
          ['alias("counter")', 'alias("real_name")'],
          ["__attribute__((weak)) int weak_function", "int weak_function"],
          ['visibility("protected")', 'visibility("default")'],
          ["&undefined_elsewhere != 0", "undefined_elsewhere() + undefined_as_well()"],
          ["int function(", "int renamed("],
          ['int chosen(void) __attribute__((ifunc("choose")))', "int chosen(void) { return choose()(); }"],
        ] as const
      ).map(([from, to]) => {
        expect(everything.split(from)).toHaveLength(2);
        return seen(everything.replace(from, to));
      }),
      seen(everything.replace("@@TWO", "@@THREE"), "-Wl,--version-script=other"),
      seen(everything, "-Wl,-soname,libz.so"),
      seen(everything, "-Wl,-rpath,/a"),
      seen(everything, "lib/liby.so", "-Wl,--no-as-needed"),
      seen(everything, "-Wl,-z,norelro"),
    ];
    expect(new Set(all).size).toBe(all.length);
  }, 60_000);

  it("is the library itself where this is not understood", () => {
    const bench = new Bench();
    writeFileSync(join(bench.directory, "lib/script.so"), "INPUT(libx.so.1)\n");
    expect(bench.interfaceOf("script.so").toString()).toBe("INPUT(libx.so.1)\n");
    writeFileSync(join(bench.directory, "lib/empty.so"), "");
    expect(bench.interfaceOf("empty.so").length).toBe(0);
    const warns = bench.library(
      "warns.so",
      "w.c",
      'int f(void) { return 1; }\n__asm__(".section .gnu.warning.f\\n.string \\"do not\\"");',
    );
    expect(bench.interfaceOf("warns.so").equals(warns)).toBe(true);
    bench.write("main.c", "int main(void) { return 0; }");
    bench.run("gcc", "-no-pie", "main.c", "-o", "lib/program.so");
    expect(bench.interfaceOf("program.so").equals(bench.read("lib/program.so"))).toBe(true);
    // Cut off anywhere.
    const whole = bench.library("libx.so", "x.c", "int f(void) { return 1; }");
    for (const length of [40, 64, 700, whole.length - 100]) {
      writeFileSync(join(bench.directory, "lib/cut.so"), whole.subarray(0, length));
      expect(bench.interfaceOf("cut.so").equals(whole.subarray(0, length))).toBe(true);
    }
  });

  it("gives the same programs for random libraries", () => {
    const symbol = fc.record({
      kind: fc.constantFrom(
        "int",
        "const",
        "pointer",
        "bss",
        "tls",
        "function",
        "weak",
        "alias",
        "ifunc",
        "protected",
      ),
      size: fc.integer({ min: 1, max: 40 }),
      align: fc.constantFrom(0, 0, 0, 2, 16, 64, 4096),
      isUsed: fc.boolean(),
    });
    const runs = Number(process.env["INTERFACE_RUNS"] ?? 15);
    let linked = 0;
    const bench = new Bench();
    fc.assert(
      fc.property(
        fc.array(symbol, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...modes.slice(0, 6)),
        fc.constantFrom(...linkers),
        fc.constantFrom("-O0", "-O2", "-Os"),
        (symbols, mode, linker, level) => {
          const [library, declared, used]: string[][] = [
            [
              "static int one(void) { return 1; } static int (*choose(void))(void) { return one; } int base[3] = {1};",
            ],
            [],
            [],
          ];
          for (const [i, { kind, size, align, isUsed }] of symbols.entries()) {
            const name = `s${i}`;
            const attribute = align === 0 ? "" : `__attribute__((aligned(${align})))`;
            const isFunction = /function|weak|ifunc/.test(kind);
            library?.push(
              {
                int: `${attribute} char ${name}[${size}] = {1};`,
                const: `${attribute} const char ${name}[${size}] = {1};`,
                pointer: `${attribute} void *const ${name}[${size}] = {&base};`,
                bss: `${attribute} char ${name}[${size}];`,
                tls: `__thread char ${name}[${size}] = {2};`,
                function: `int ${name}(void) { return base[0] * ${size} + ${i}; }`,
                weak: `__attribute__((weak)) int ${name}(void) { return ${size}; }`,
                alias: `extern int ${name}[3] __attribute__((${size % 2 === 0 ? "weak, " : ""}alias("base")));`,
                ifunc: `int ${name}(void) __attribute__((ifunc("choose")));`,
                protected: `__attribute__((visibility("protected"))) char ${name}[${size}] = {3};`,
              }[kind],
            );
            if (!isUsed) continue;
            const type =
              kind === "const"
                ? "const char"
                : kind === "pointer"
                  ? "void *const"
                  : kind === "tls"
                    ? "__thread char"
                    : "char";
            declared?.push(isFunction ? `int ${name}(void);` : `extern ${type} ${name}[];`);
            used?.push(isFunction ? `+ ${name}() + ((long)${name} & 1)` : `+ (long)*${name}`);
          }
          const real = bench.library("libx.so", "x.c", (library ?? []).join("\n"), level);
          const both = new Map([["libx.so", [real, bench.interfaceOf("libx.so")] as const]]);
          bench.write(
            "main.c",
            `${(declared ?? []).join("\n")}\nint main(void) { return (int)(0 ${(used ?? []).join(" ")}); }\n`,
          );
          bench.compile("main.c", mode);
          if (bench.linkWith(both, "gcc", [`-fuse-ld=${linker}`, ...mode, "lib/libx.so"])) linked++;
        },
      ),
      { numRuns: runs, seed: Number(process.env["INTERFACE_SEED"] ?? 20281128) },
    );
    expect(linked).toBeGreaterThan(runs / 2);
  }, 120_000);
});
