// Projects of any size, the same for the same numbers: units in folders, a library per folder, one program.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Shape {
  readonly units: number;
  /** Units in one folder; each folder becomes a library. */
  readonly perFolder?: number;
  /** Headers in all, and how many of them each unit includes. */
  readonly headers?: number;
  readonly includes?: number;
  /** "true": steps that only make an empty file, all ready at once and all wanted. */
  readonly commands?: "cc" | "true";
}

/** Writes sources and `build.ninja.in`; `configure` is a `sed` away (nix/default.nix). */
export function writeProject(directory: string, shape: Shape): void {
  const { units, perFolder = 50, headers = 10, includes = 5, commands = "cc" } = shape;
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (let i = 0; i < headers; i++) put(`include/h${i}.h`, `#define H${i} ${i}\n`);
  const lines = [
    "rule cc",
    "  command = cc -O0 -I../include -MD -MF $out.d -c $in -o $out",
    "  depfile = $out.d",
    "  deps = gcc",
    "rule true",
    "  command = : > $out",
    "rule ar",
    "  command = rm -f $out && ar rcsD $out $in",
    "rule link",
    "  command = cc -o $out $in",
    "rule install",
    "  command = mkdir -p PREFIX/bin && cp prog PREFIX/bin/",
    "  pool = console",
  ];
  const archives: string[] = [];
  const objects: string[] = [];
  for (let first = 0, folder = 0; first < units; first += perFolder, folder++) {
    const members: string[] = [];
    for (let unit = first; unit < Math.min(first + perFolder, units); unit++) {
      const path = `d${folder}/f${unit}`;
      if (commands === "cc") {
        const included = Array.from(
          { length: includes },
          (_, i) => `#include "h${(folder + i) % headers}.h"\n`,
        ).join("");
        put(`${path}.c`, `${included}int f${unit}(void) { return ${unit}; }\n`);
        lines.push(`build ${path}.o: cc ../${path}.c`);
      } else lines.push(`build ${path}.o: true`);
      members.push(`${path}.o`);
    }
    objects.push(...members);
    if (commands === "cc") {
      lines.push(`build lib${folder}.a: ar ${members.join(" ")}`);
      archives.push(`lib${folder}.a`);
    }
  }
  if (commands === "cc") {
    put("main.c", "int main(void) { return 0; }\n");
    lines.push("build main.o: cc ../main.c", `build prog: link main.o ${archives.join(" ")}`);
    lines.push("build install: install prog", "default prog");
  } else lines.push(`default ${objects.join(" ")}`);
  put("build.ninja.in", `${lines.join("\n")}\n`);
}
