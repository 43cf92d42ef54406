// Nix's internal-json log as a person wants to see a build: one line that tells how far it is, what failed with what it
// printed, and nothing else.

import { plainText } from "../emit/sink/worker/events.ts";
import { fromText, toText } from "../graph/bytes.ts";
import { Progress } from "./host/progress.ts";
import type { Io } from "./io.ts";

/** Numbers of Nix's `ActivityType` and `ResultType`. */
const buildActivity = 105;
const logLine = 101;
const progressResult = 105;
const buildsActivity = 104;

interface Running {
  readonly label: string;
  readonly log: string[];
}

/** Lines of a failed build that are shown: the end, where what is wrong stands. */
const shownLines = 100;

export interface FollowOptions {
  readonly json: boolean;
  /** Shows what builders print when they succeed, too. */
  readonly verbose: boolean;
}

/** Takes lines one by one; what is not Nix's is passed on. */
export class Follower {
  readonly #io: Io;
  readonly #options: FollowOptions;
  readonly #progress: Progress;
  readonly #running = new Map<number, Running>();
  readonly #builds = new Set<number>();
  /** By path of the derivation, ended ones too: a failure is told before or after the end. */
  readonly #logs = new Map<string, string[]>();
  readonly #told = new Set<string>();
  #expected = 0;
  #announced = 0;
  #hasFailed = false;

  constructor(io: Io, options: FollowOptions) {
    this.#io = io;
    this.#options = options;
    this.#progress = new Progress(io, options.json);
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  line(text: string): void {
    const event = text.startsWith("@nix ") ? parseEvent(text.slice(5)) : undefined;
    if (event === undefined) {
      if (!this.#options.json && text !== "") this.#progress.print(text);
      return;
    }
    const id = numberOf(event["id"]);
    switch (event["action"]) {
      case "start":
        this.#start(id, event);
        return;
      case "stop":
        this.#stop(id);
        return;
      case "result":
        this.#result(id, event);
        return;
      case "msg":
        this.#message(numberOf(event["level"]), String(event["raw_msg"] ?? event["msg"] ?? ""));
    }
  }

  end(): void {
    this.#progress.close();
  }

  #start(id: number, event: Event): void {
    if (event["type"] === buildsActivity) this.#builds.add(id);
    if (event["type"] !== buildActivity) return;
    const path = String(fieldsOf(event)[0] ?? "");
    const label = labelOf(path);
    const log: string[] = [];
    this.#logs.set(path, log);
    this.#running.set(id, { label, log });
    this.#expect(this.#progress.finished + this.#running.size);
    this.#progress.started(label);
    this.#emit("started", { derivation: label });
  }

  /** Nix tells no end of one build: a failure is a message, and that names the derivation. */
  #stop(id: number): void {
    const build = this.#running.get(id);
    if (build === undefined) return;
    this.#running.delete(id);
    this.#progress.built(build.label, this.#options.verbose ? build.log.join("\n") : "");
    this.#emit("stopped", { derivation: build.label });
  }

  #result(id: number, event: Event): void {
    const fields = fieldsOf(event);
    if (event["type"] === progressResult && this.#builds.has(id)) this.#expect(numberOf(fields[1]));
    if (event["type"] !== logLine) return;
    const line = String(fields[0] ?? "");
    const build = this.#running.get(id);
    if (build === undefined) return;
    build.log.push(line);
    if (build.log.length > shownLines) build.log.shift();
    this.#emit("output", { derivation: build.label, line });
  }

  #message(level: number, message: string): void {
    const plain = toText(plainText(fromText(message)));
    if (level === 0) this.#hasFailed = true;
    // Told twice for each dynamic derivation, and nothing to act on.
    if (level > 1 || /^(warning: )?Ignoring dynamic derivation/.test(plain)) return;
    // Nix says some things twice, and once more of the derivation with its inputs put in.
    if (this.#told.has(plain) || /^(error: )?build of resolved derivation '.*' failed$/.test(plain)) return;
    this.#told.add(plain);
    this.#emit(level === 0 ? "error" : "warning", { message: plain });
    if (this.#options.json) return;
    this.#progress.print(plain);
    for (const [path] of plain.matchAll(/\/[^\s']+\.drv/g)) {
      const log = this.#logs.get(path) ?? [];
      this.#logs.delete(path);
      if (log.length > 0) this.#progress.print(log.map((line) => `  ${line}`).join("\n"));
    }
  }

  #expect(total: number): void {
    if (total <= this.#expected) return;
    this.#expected = total;
    this.#progress.expect(total - this.#announced);
    this.#announced = total;
  }

  #emit(event: string, more: object): void {
    if (this.#options.json)
      void this.#io.out(`${JSON.stringify({ event, ...more })}\n`).catch(() => undefined);
  }
}

type Event = Readonly<Record<string, unknown>>;

function parseEvent(json: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(event: Event): readonly unknown[] {
  return Array.isArray(event["fields"]) ? event["fields"] : [];
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : -1;
}

/** "/nix/store/HASH-quill-1-obj-a.o.drv" -> "quill-1-obj-a.o". */
function labelOf(path: string): string {
  return path.replace(/^.*\/[0-9a-z]{32}-/, "").replace(/\.drv$/, "");
}
