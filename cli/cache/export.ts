// `unravel cache`: what a plan emits, and what was built, as a binary cache of plain files.

import { lstatSync, readlinkSync } from "node:fs";
import { resolve } from "node:path";
import type { Compression } from "../../emit/nar-info.ts";
import type { StoreObject } from "../../emit/object.ts";
import { parseSigningKey, type SigningKey } from "../../emit/signing-key.ts";
import { cacheSink } from "../../emit/sink/cache.ts";
import { CacheFiles, type CacheOptions, cannotWrite } from "../../emit/sink/cache-files.ts";
import { type DaemonSink, openDaemonSink } from "../../emit/sink/daemon.ts";
import { type BuildResult, buildPathsWithResults } from "../../emit/sink/worker/builds.ts";
import { plainText } from "../../emit/sink/worker/events.ts";
import { narFromPath, queryPathInfo, queryValidPaths } from "../../emit/sink/worker/operations.ts";
import type { DerivedPath } from "../../emit/sink/worker/request.ts";
import { nixStoreDir, storeObjectOf, storePathProblem } from "../../emit/store-path.ts";
import {
  type Bytes,
  compareBytes,
  fromBuffer,
  fromText,
  quoted,
  toBuffer,
  toText,
} from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { PlanFlags } from "../commands/plan-options.ts";
import { readNamedFile } from "../files.ts";
import { checkFrontend, frontends, withPackages } from "../frontend.ts";
import { count } from "../graph-text.ts";
import { phasesAsBuilt } from "../host/as-built.ts";
import { contextOf, objectsOf, readToolchain } from "../host/host-objects.ts";
import { loadHost } from "../host/host-plan.ts";
import { planOnce } from "../host/plan-once.ts";
import { explain } from "../host/refusal.ts";
import type { Session } from "../io.ts";
import { failUsage } from "../usage.ts";
import { signRealisation } from "./realisation.ts";

export interface CacheFlags extends PlanFlags {
  readonly to: string;
  readonly key?: string;
  readonly compression: Compression;
  readonly outputs?: true;
  readonly toolchain?: string;
  readonly json?: true;
}

interface Totals {
  added: number;
  present: number;
  realisations: number;
  /** Paths that are referred to and not in the cache. */
  outside: readonly Bytes[];
}

/** What goes to standard output: nothing, or JSON. */
export async function exportCache(
  session: Session,
  words: readonly string[],
  flags: CacheFlags,
): Promise<string> {
  if (flags.to === "") failUsage("--to is empty", "for instance --to cache");
  const [first = "", file, ...targets] = words;
  const isPlan = ([...frontends, ...withPackages] as readonly string[]).includes(first);
  if (isPlan && file === undefined)
    failUsage(
      `"${first}" is a frontend and no file follows`,
      "unravel cache --to DIR ninja build/build.ninja",
    );
  if (isPlan) checkFrontend(first);
  const exporter = new Exporter(session, flags);
  try {
    if (isPlan) await exporter.plan({ frontend: first, file: file ?? "", targets, flags });
    else await exporter.paths(words);
  } catch (error) {
    throw explain(cannotWrite(flags.to, error));
  } finally {
    await exporter.close();
  }
  const { added, present, realisations, outside } = exporter.totals;
  if (flags.json === true) return `${JSON.stringify({ added, present, realisations, outside })}\n`;
  session.io.err(
    `${count(added, "path")} written, ${present} there already, ${count(realisations, "result")} of derivations\n`,
  );
  if (outside.length > 0) {
    session.io.err(
      `note: the toolchain is not in the cache: ${outside.map(toText).join(" ")}\n` +
        "  hint: a store that has it takes the cache as a substituter; `nix copy` wants it there: unravel cache --to DIR PATH\n",
    );
  }
  return "";
}

class Exporter {
  readonly totals: Totals = { added: 0, present: 0, realisations: 0, outside: [] };
  readonly #session: Session;
  readonly #flags: CacheFlags;
  readonly #directory: string;
  readonly #options: CacheOptions;
  readonly #key: SigningKey | undefined;
  readonly #files: CacheFiles;
  #sink: DaemonSink | undefined;

  constructor(session: Session, flags: CacheFlags) {
    const { cwd } = session.io;
    this.#session = session;
    this.#flags = flags;
    this.#directory = resolve(cwd, flags.to);
    this.#key =
      flags.key === undefined
        ? undefined
        : parseSigningKey(fromBuffer(readNamedFile(resolve(cwd, flags.key), flags.key)), fromText(flags.key));
    this.#options = { compression: flags.compression, key: this.#key };
    this.#files = new CacheFiles(this.#directory, this.#options);
  }

  async close(): Promise<void> {
    this.#files.clean();
    await this.#sink?.close();
  }

  async #open(): Promise<DaemonSink> {
    if (this.#sink !== undefined) return this.#sink;
    const { io } = this.#session;
    const sink = await openDaemonSink({ environment: io.env });
    io.signal.addEventListener("abort", () => void sink.close());
    this.#sink = sink;
    return sink;
  }

  /** The derivations of a plan and their sources; with `--outputs`, what is built of them, too. */
  async plan(request: Parameters<typeof planOnce>[1]): Promise<void> {
    const toolchain = readToolchain(this.#session, this.#flags.toolchain);
    if (this.#flags.outputs !== true) {
      const { host, plan } = planOnce(this.#session, request);
      return this.#derivations(objectsOf(host, plan, await contextOf(host, toolchain)).objects);
    }
    const sink = await this.#open();
    const host = loadHost(this.#session, request);
    const context = await contextOf(host, toolchain, (paths) => queryValidPaths(sink.context, paths));
    for await (const { plan, derived, objects, survey } of phasesAsBuilt(sink, host, context)) {
      await this.#derivations(objects);
      const built = derived.derivations.filter((_, index) => !survey.needed.has(index));
      await this.#outputs(
        sink,
        built.map((path) => ({ path, outputs: "*" })),
      );
      if (survey.needed.size > 0)
        this.#session.io.err(
          `note: ${count(survey.needed.size, "step")} of ${plan.steps.length} ${survey.needed.size === 1 ? "is" : "are"} not built, and not in the cache\n` +
            "  hint: `unravel build` the same targets before\n",
        );
    }
  }

  async #derivations(objects: readonly StoreObject[]): Promise<void> {
    const delivered = await cacheSink(this.#directory, nixStoreDir, this.#options).deliver(objects);
    this.totals.added += delivered.added;
    this.totals.present += delivered.present;
    this.totals.outside = delivered.outside;
  }

  /** Store paths, links to them, and outputs of derivations (`DRV^out`), each with its closure. */
  async paths(words: readonly string[]): Promise<void> {
    const sink = await this.#open();
    this.#files.open(nixStoreDir);
    const derived: DerivedPath[] = [];
    const plain: Bytes[] = [];
    for (const word of words) {
      const caret = word.indexOf("^");
      const path = this.#storePath(caret < 0 ? word : word.slice(0, caret));
      if (caret < 0) plain.push(path);
      else
        derived.push({
          path,
          outputs:
            word.slice(caret + 1) === "*"
              ? "*"
              : word
                  .slice(caret + 1)
                  .split(",")
                  .map(fromText),
        });
    }
    await this.#closure(sink, plain);
    await this.#outputs(sink, derived);
  }

  #storePath(word: string): Bytes {
    const path = resolve(this.#session.io.cwd, word);
    const link =
      lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
      !path.startsWith(`${nixStoreDir}/`);
    const full = fromText(link ? readlinkSync(path) : path);
    const object = full.startsWith(`${nixStoreDir}/`) ? storeObjectOf(full, nixStoreDir) : full;
    if (storePathProblem(object) === undefined) return object;
    return failUsage(
      `"${word}" is no store path, and no link to one`,
      "name paths in the store, links such as result, or DRV^out",
    );
  }

  /** Builds what is not built, and writes what came of it. */
  async #outputs(sink: DaemonSink, wanted: readonly DerivedPath[]): Promise<void> {
    if (wanted.length === 0) return;
    this.#files.open(nixStoreDir);
    const results = await buildPathsWithResults(sink.context, wanted);
    for (const result of results) {
      if (!result.isSuccess) failResult(result);
      await this.#closure(sink, [...result.outputs.values()]);
      for (const [id, json] of result.realisations) this.#realisation(id, json);
    }
  }

  /** Nix up to 2.34 looks for these beside the paths, and finds out that a derivation need not be built. */
  #realisation(id: Bytes, json: Bytes): void {
    this.#files.write(`realisations/${id}.doi`, toBuffer(signRealisation(json, this.#key)));
    this.totals.realisations++;
  }

  /** Bottom-up: who finds a path in the cache finds what it refers to. */
  async #closure(sink: DaemonSink, roots: readonly Bytes[]): Promise<void> {
    const entered = new Set<Bytes>();
    const visit = async (path: Bytes): Promise<void> => {
      if (entered.has(path)) return;
      entered.add(path);
      if (this.#files.has(path)) {
        this.totals.present++;
        return;
      }
      const info = await queryPathInfo(sink.context, path);
      if (info === undefined) return failMissing(path);
      const references = [...info.references].sort(compareBytes);
      for (const reference of references) await visit(reference);
      const nar = await narFromPath(sink.context, path);
      await this.#files.put({ ...info, path, references }, nar);
      this.totals.added++;
    };
    for (const root of roots) await visit(root);
  }
}

function failMissing(path: Bytes): never {
  return fail({
    code: "cli/no-such-file",
    message: `${quoted(path)} is not in the store`,
    hint: "check the path; it may have been deleted by a garbage collection",
  });
}

function failResult({ wanted, message }: BuildResult): never {
  const text = toText(plainText(message)).split("\n")[0] ?? "";
  return fail({
    code: "cli/not-built",
    message: `${quoted(wanted.path)} cannot be built: ${text}`,
    hint: `\`nix log ${toText(wanted.path)}\` shows more`,
  });
}
