// A store in a temporary directory, in which the stages of a build run one after another as Nix would run them.

import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { runStage } from "../../../cli/builder.ts";
import { writeShard } from "../../../cli/shard.ts";
import { printDerivation } from "../../../emit/aterm.ts";
import { parseDerivation } from "../../../emit/aterm-reader.ts";
import { nix32 } from "../../../emit/base32.ts";
import type { Derivation } from "../../../emit/derivation.ts";
import { printJson } from "../../../emit/json.ts";
import { type Plan, parsePlan } from "../../../emit/plan/plan.ts";
import { asBytes, fromBuffer, fromText, toBuffer } from "../../../graph/bytes.ts";
import { attributesText, scripts, shell } from "../builder/attributes.ts";
import { type Entry, temporaryDirectory, writeEntries } from "../emit/temporary.ts";

export interface Planned {
  readonly plan: Plan;
  readonly directory: string;
  readonly install: string;
  /** What `entry.sh` fills. */
  readonly entry: string;
}

export interface PlanRequest {
  readonly skeleton: string;
  readonly configured: string;
  readonly generated?: readonly string[];
  readonly settings?: object;
}

/** What one derivation wrote: output name -> where. */
export type Outputs = ReadonlyMap<string, string>;

export class StageStore {
  readonly directory: string = join(temporaryDirectory(), "store");

  constructor() {
    mkdirSync(this.directory);
  }

  /** A path of the store at which nothing is. */
  newPath(name: string): string {
    return join(this.directory, `${nix32(fromBuffer(randomBytes(20)))}-${name}`);
  }

  add(name: string, entries: Readonly<Record<string, Entry>>): string {
    const path = this.newPath(name);
    mkdirSync(path);
    writeEntries(path, entries);
    return path;
  }

  async skeleton(source: string, whole: readonly string[] = []): Promise<{ out: string; install: string }> {
    const [out, install] = [this.newPath("skeleton"), this.newPath("skeleton-install")];
    await runStage("skeleton", { source, out, install, whole: JSON.stringify(whole) });
    return { out, install };
  }

  async plan(request: PlanRequest): Promise<Planned> {
    const [out, install, entry] = ["plan", "plan-install", "plan-entry"].map((name) =>
      this.newPath(name),
    ) as [string, string, string];
    const settings = JSON.stringify({
      name: "p",
      frontend: "ninja",
      root: "/build/source",
      buildDirectory: "build",
      targets: [],
      extraInputs: [],
      ...request.settings,
    });
    const { skeleton, configured } = request;
    const generated = (request.generated ?? []).join(" ");
    const emission = this.#emission();
    const outputs = { out, install, entry };
    const env = { NIX_STORE: this.directory, skeleton, configured, generated, settings, emission };
    await runStage("plan", { ...env, ...outputs });
    const plan = parsePlan(readFileSync(join(out, "plan.json")));
    return { plan, directory: out, install: readFileSync(install, "latin1"), entry };
  }

  #place(name: string): string {
    return join(this.directory, `${"0".repeat(32)}-${name}`);
  }

  #emission(): string {
    return JSON.stringify({
      system: "x86_64-linux",
      shell: `${this.#place("bash")}/bin/bash`,
      node: this.#place("node"),
      planner: this.#place("planner"),
      stepScript: this.#place("step.sh"),
      interfaceScript: this.#place("interface.sh"),
      rootScript: this.#place("root.sh"),
      forwardScript: this.#place("forward.sh"),
    });
  }

  /** The derivation that the script of an entry writes, which is as Nix would print it. */
  entry(env: Readonly<Record<string, string>>): Derivation {
    const out = this.newPath("p.drv");
    const { status, stderr } = spawnSync(shell, [join(scripts, "entry.sh")], {
      encoding: "latin1",
      env: { environment: this.#place("environment"), purpose: "build", next: "", nextRoot: "", ...env, out },
    });
    if (status !== 0) throw new Error(stderr);
    const derivation = this.derivation(out, "p");
    expect(readFileSync(out, "latin1")).toBe(printDerivation(derivation, fromText(this.directory)));
    return derivation;
  }

  /** Runs a derivation that a stage printed, with structured attributes as Nix hands them over. */
  async build(derivation: Derivation): Promise<Outputs> {
    const outputs = new Map(
      [...derivation.outputs.keys()].map((output) => [
        output as string,
        this.newPath(`${derivation.name}-${output}`),
      ]),
    );
    const attributes = new Map(derivation.structuredAttrs);
    attributes.set(
      asBytes("outputs"),
      new Map([...outputs].map(([name, path]) => [asBytes(name), fromText(path)])),
    );
    if (derivation.args[0] === "-c") {
      const file = join(temporaryDirectory(), ".attrs.sh");
      const texts = [...attributes].filter(([, value]) => typeof value === "string");
      writeFileSync(file, toBuffer(asBytes(attributesText({ ...Object.fromEntries(texts), outputs }))));
      execFileSync(shell, derivation.args, { env: { NIX_ATTRS_SH_FILE: file } });
      return outputs;
    }
    const file = join(temporaryDirectory(), ".attrs.json");
    writeFileSync(file, toBuffer(printJson(attributes)));
    const env = { NIX_STORE: this.directory, NIX_ATTRS_JSON_FILE: file };
    if (derivation.args[0]?.endsWith("/unravel-shard.mjs") === true) writeShard(env);
    else await runStage(derivation.args[1], env);
    return outputs;
  }

  derivation(file: string, name: string): Derivation {
    return parseDerivation(fromBuffer(readFileSync(file)), asBytes(name), {
      storeDir: fromText(this.directory),
    });
  }
}

/** Every entry below a directory: contents (with " x" for a file that may be executed) or "-> target"; latin1. */
export function entriesOf(directory: string): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  const visit = (path: Buffer, prefix: string): void => {
    for (const name of readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare)) {
      const file = Buffer.concat([path, Buffer.from("/"), name]);
      const shown = prefix + name.toString("latin1");
      const stat = lstatSync(file);
      if (stat.isSymbolicLink())
        entries.push([shown, `-> ${readlinkSync(file, { encoding: "buffer" }).toString("latin1")}`]);
      else if (stat.isFile())
        entries.push([shown, readFileSync(file, "latin1") + ((stat.mode & 0o100) === 0 ? "" : " x")]);
      else {
        if (readdirSync(file).length === 0) entries.push([`${shown}/`, ""]);
        visit(file, `${shown}/`);
      }
    }
  };
  visit(Buffer.from(directory), "");
  return Object.fromEntries(entries);
}
