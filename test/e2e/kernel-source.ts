// A kernel source and the tools it is built with, for the tests that build one.

import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, projectDirectory, setUpPackages } from "./build-store.ts";

/** Debian packages beside the toolchain's. */
export const kernelPackages: readonly string[] = "flex bison bc libelf-dev kmod cpio qemu-system-x86".split(
  " ",
);

/** Puts the packages into the store's toolchain and gives the folder of the source. */
export function fetchKernel(options: readonly string[] = [], packages: readonly string[] = []): string {
  setUpPackages([...kernelPackages, ...packages]);
  return execFileSync(join(projectDirectory, "scripts/fetch-kernel.sh"), options, {
    env: { ...process.env, UNRAVEL_CACHE: cacheDirectory },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** The sample with Debian's tools, as `sample`: a function of { src; config; targets; parts }. */
export const sampleExpression: string = `
  sample = arguments: import ${projectDirectory}samples/kernel ({
    inherit (e2e) unravel stdenv;
    packages = with e2e.toolchain.packages; {
      inherit flex bison bc kmod cpio perl python3;
      libelf = libelf-dev;
      qemu = qemu-system-x86;
      # Debian's bison looks below /usr for its parts.
      environment = { M4 = "\${bison}/bin/m4"; BISON_PKGDATADIR = "\${bison}/share/bison"; };
    };
  } // arguments);`;

/** A copy of the source with one edit in one file. */
export function editedKernel(source: string, to: string, edit: KernelEdit): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(source, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const file = join(to, edit.file);
  const text = readFileSync(file, "latin1");
  if (!text.includes(edit.search)) throw new Error(`${edit.file} has no ${edit.search}`);
  writeFileSync(file, text.replace(edit.search, edit.replace), "latin1");
}

/** What a kernel is built for. Below arch/ lie parts of images, one of which is called vmlinux, too. */
export const kernelProducts: RegExp =
  /^(?:vmlinux|System\.map|Module\.symvers)$|(?:^|\/)(?:bzImage|[^/]+\.ko)$/;

export interface KernelEdit {
  readonly name: string;
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

export const kernelEdits: readonly KernelEdit[] = [
  {
    name: "comment",
    file: "init/main.c",
    search: "asmlinkage __visible void __init",
    replace: "/* here it begins */ asmlinkage __visible void __init",
  },
  {
    name: "body",
    file: "init/main.c",
    search: 'pr_notice("Kernel command line: %s\\n"',
    replace: 'pr_notice("Command line of the kernel: %s\\n"',
  },
  {
    name: "header",
    file: "mm/internal.h",
    search: "#define __MM_INTERNAL_H",
    replace: "#define __MM_INTERNAL_H\nenum { MM_OF_ITS_OWN = 1 };",
  },
];
