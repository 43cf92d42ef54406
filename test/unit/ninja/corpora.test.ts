// Real graphs (CMake, Meson, GN wrote them) against what ninja's own library made of each: every edge, fully
// expanded, byte for byte. The corpora lie beside the checkout; without them this says so.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { edgeFactsOf } from "../../../generators/ninja/facts.ts";
import { loadNinja } from "../../../generators/ninja/load.ts";
import { asBytes, toBuffer } from "../../../graph/bytes.ts";

const folder = resolve(import.meta.dirname, "../../../../shared/corpus");
const NAMES = [
  "dav1d",
  "fmtlib",
  "ftn",
  "llvm",
  "mod-clang",
  "mod-gcc",
  "ninja-cmake",
  "re2",
  "zlib",
] as const;

if (!existsSync(folder)) it(`corpus folder absent: ${NAMES.length} graphs not compared`, () => undefined);
else {
  const scratch = mkdtempSync(join(tmpdir(), "unravel-corpus-"));
  afterAll(() => rmSync(scratch, { recursive: true }));
  for (const name of NAMES) {
    it(`reads every edge of ${name} as ninja does`, { timeout: 60_000 }, () => {
      const directory = mkdtempSync(join(scratch, "graph-"));
      execFileSync("tar", ["--zstd", "-xf", join(folder, `${name}.tar.zst`), "-C", directory]);
      const golden = execFileSync("zstd", ["-dcq", join(folder, `${name}.edges.jsonl.zst`)], {
        maxBuffer: 1 << 28,
      });
      const manifest = loadNinja(asBytes("build.ninja"), {
        readFile: (path) => readFileSync(Buffer.concat([Buffer.from(`${directory}/`), toBuffer(path)])),
      });
      const wanted = golden.toString("utf8").split("\n").slice(0, -1);
      let at = 0;
      const hash = createHash("sha256");
      for (const edge of edgeFactsOf(manifest)) {
        // Line by line, so that a failure shows one edge and not a graph.
        if (edge !== wanted[at]) expect(JSON.parse(edge)).toEqual(JSON.parse(wanted[at] ?? "null"));
        hash.update(`${edge}\n`);
        at++;
      }
      expect(at).toBe(wanted.length);
      expect(hash.digest("hex")).toBe(createHash("sha256").update(golden).digest("hex"));
    });
  }
}
