// Builds by contents, as the program does them, are never stale: after every edit the built files are those of a build
// from nothing. The disk and the memory are the program's; the runner stands for Nix: it runs commands with /bin/sh,
// and records what they read.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ContentDisk } from "../../cli/ninja/content-disk.ts";
import { LocalRunner } from "../../cli/ninja/local-runner.ts";
import { type LogEntry, MemoryLog, type RecordedDeps } from "../../cli/ninja/log.ts";
import { runNinja } from "../../cli/ninja/main.ts";
import type { CommandRunner, Completed } from "../../cli/ninja/runner.ts";
import { asBytes, type Bytes, fromText } from "../../graph/bytes.ts";

const rules = `rule cat
  command = cat $in > $out
rule first
  command = head -c 1 $in > $out
rule hidden
  command = cat $in $header > $out
`;

const sources = ["s0", "s1", "h0", "h1"];

type Random = (below: number) => number;

/** A linear congruence: the same numbers everywhere. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

function generate(random: Random): { readonly manifest: string; readonly outputs: readonly string[] } {
  const outputs: string[] = [];
  let manifest = rules;
  for (let i = 4 + random(10); i > 0; i--) {
    const files = ["s0", "s1", ...outputs];
    const one = (): string => files[random(files.length)] ?? "s0";
    const output = `o${outputs.length}`;
    switch (random(4)) {
      case 0:
        manifest += `build ${output}: cat ${one()} ${one()}\n`;
        break;
      case 1:
        manifest += `build ${output}: first ${one()}\n`;
        break;
      default: {
        // Read, and waited for, but not declared: only the record knows.
        const header = random(2) === 0 ? `h${random(2)}` : one();
        manifest += `build ${output}: hidden ${one()} || ${header}\n  header = ${header}\n`;
      }
    }
    outputs.push(output);
  }
  return { manifest, outputs };
}

/** What a step of the sandbox does: its outputs are noted, and all that it read is recorded. */
class RecordingRunner implements CommandRunner {
  readonly #local: LocalRunner;
  readonly #disk: ContentDisk;
  ran = 0;

  constructor(local: LocalRunner, disk: ContentDisk) {
    this.#local = local;
    this.#disk = disk;
  }

  capacity(): number {
    return this.#local.capacity();
  }

  start(edge: Parameters<LocalRunner["start"]>[0]): void {
    this.ran++;
    this.#local.start(edge);
  }

  async wait(): Promise<Completed | "interrupted"> {
    const result = await this.#local.wait();
    if (result === "interrupted") return result;
    for (const { path } of result.edge.outputs) this.#disk.noteMade(path);
    const header = result.edge.state.binding(result.edge, "header");
    const files = result.edge.inputs.map(({ path }) => path);
    return { ...result, deps: header === "" ? files : [...files, header] };
  }

  active(): ReturnType<LocalRunner["active"]> {
    return this.#local.active();
  }

  abort(): void {
    this.#local.abort();
  }

  isLocal(): boolean {
    return false;
  }
}

describe("a build by contents", () => {
  for (let seed = 1; seed <= 8; seed++) {
    it(`makes what a build from nothing makes, whatever is edited (graph ${seed})`, async () => {
      const random = randomFrom(seed * 104729);
      const { manifest, outputs } = generate(random);
      const directory = mkdtempSync(join(tmpdir(), "unravel-contents-"));
      const rows = new Map();
      const buildLog = new MemoryLog<LogEntry>();
      const depsLog = new MemoryLog<RecordedDeps>();
      const write = (file: string, text: string): void => writeFileSync(join(directory, file), text);

      const build = async (): Promise<{ readonly ran: number; readonly out: string }> => {
        const disk = new ContentDisk(directory, rows, join(directory, ".clock"));
        const signal = new AbortController().signal;
        const local = new LocalRunner({ directory, env: process.env, jobs: 2, maxLoad: 0, signal });
        const runner = new RecordingRunner(local, disk);
        let out = "";
        const print = (text: Bytes): void => {
          out += text;
        };
        const code = await runNinja([], {
          terminal: { out: print, err: print, isSmart: false, columns: 0 },
          env: {},
          cwd: directory,
          open: () => ({
            disk,
            memory: { buildLog, depsLog, recompact: () => undefined, restat: () => undefined },
            open: () => ({
              runner: () => runner,
              isRecorded: (edge) => !edge.isPhony,
              saltOf: () => asBytes("salt"),
              close: async () => local.close(),
            }),
            save: async () => undefined,
          }),
          explain: (error) => {
            throw error;
          },
        });
        expect([code, out]).toEqual([0, expect.any(String)]);
        return { ran: runner.ran, out };
      };

      const expected = (): readonly string[] => {
        const fresh = mkdtempSync(join(tmpdir(), "unravel-fresh-"));
        for (const file of ["build.ninja", ...sources]) cpSync(join(directory, file), join(fresh, file));
        execFileSync("ninja", { cwd: fresh, stdio: "pipe" });
        const contents = outputs.map((file) => readFileSync(join(fresh, file), "utf8"));
        rmSync(fresh, { recursive: true });
        return contents;
      };

      try {
        write("build.ninja", manifest);
        for (const file of sources) write(file, `${file}\n`);
        for (let round = 0; round < 8; round++) {
          await build();
          const found = outputs.map((file) =>
            existsSync(join(directory, file)) ? readFileSync(join(directory, file), "utf8") : "(absent)",
          );
          expect(found, `round ${round} of\n${manifest}`).toEqual(expected());
          expect(await build(), `round ${round} of\n${manifest}`).toEqual({
            ran: 0,
            out: fromText("ninja: no work to do.\n"),
          });
          for (let edits = 1 + random(3); edits > 0; edits--) {
            const [source, output] = [sources[random(4)] ?? "", outputs[random(outputs.length)] ?? ""];
            switch (random(6)) {
              case 0:
                rmSync(join(directory, output), { force: true });
                break;
              case 1:
                write(output, "somebody else's\n");
                break;
              case 2:
                write(source, `older ${round}\n`);
                utimesSync(join(directory, source), 1000 + round, 1000 + round);
                break;
              default:
                write(source, `${random(3) === 0 ? "s" : "x"}${round}\n`);
            }
          }
          await pause(5);
        }
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  }
});
