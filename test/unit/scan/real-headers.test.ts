// Real headers, a real compiler: everything `gcc -M` reads of the machine's C and C++ headers is found.

import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asBytes } from "../../../graph/bytes.ts";
import { parseCompile } from "../../../graph/scan/command.ts";
import { normalize } from "../../../graph/scan/path.ts";
import { dependenciesOf, diskScanner, readDisk, withTree } from "./disk.ts";

/** The directories a compiler searches by itself, in order. */
function standardDirectories(compiler: string, language: string): readonly string[] {
  const text = execFileSync("/bin/sh", ["-c", `${compiler} -x${language} -E -v /dev/null 2>&1 >/dev/null`], {
    encoding: "latin1",
  });
  const list = /<\.\.\.> search starts here:\n([\s\S]*?)End of search list/.exec(text)?.[1] ?? "";
  return list
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const C_UNIT = `
#include <stdio.h>
#include <stdlib.h>
#include <limits.h>
#include <stdint.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <elf.h>
#include <stdatomic.h>
int main(void) { return 0; }
`;

const CXX_UNIT = `
#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <thread>
#include <unordered_map>
#include <variant>
#include <ext/rope>
#include <cmath>
int main() {}
`;

describe.each([
  ["gcc", "c", "main.c", C_UNIT, ""],
  ["g++", "c++", "main.cc", CXX_UNIT, "-std=c++20"],
])("headers as %s reads them", (compiler, language, name, unit, more) => {
  test("nothing the compiler reads is missing", () => {
    const standard = standardDirectories(compiler, language);
    expect(standard.length).toBeGreaterThan(1);
    withTree({ [name]: unit }, (root) => {
      const flags = standard.map((path) => `-isystem ${path}`).join(" ");
      const command = `${compiler} ${more} -nostdinc ${flags} -M ${name}`;
      const truth = dependenciesOf(command, root).map((path) => normalize(path));
      expect(truth.length).toBeGreaterThan(100);
      const invocation = parseCompile(asBytes(command), asBytes(root), readDisk);
      if (invocation === undefined) throw new Error("not seen as a compile command");
      const roots = [root, "/usr/include", ...standard].map((path) => normalize(asBytes(join("/", path))));
      const result = diskScanner(roots).scan(invocation);
      // GCC prints the place of a header through `..` and links; compare where they lead.
      const found = new Set(result.files.map((path) => realpathSync(path)));
      expect(truth.filter((path) => !found.has(realpathSync(path)))).toEqual([]);
      expect(result.macroIncludes.filter((one) => !one.isResolved)).toEqual([]);
      // Other architectures and configurations: inactive branches are followed too.
      expect(found.size / truth.length).toBeLessThan(2);
      if (process.env["SCAN_RUNS"]) console.log(language, truth.length, found.size);
    });
  });
});
