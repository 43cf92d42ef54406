// yarn.lock of yarn 1: which version each "name@range" is. It says nothing of bins, platforms and peers.

import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import { fail, InputError } from "../../graph/diagnostic.ts";
import { integrityOf, integrityOfHex, type Pins } from "./integrity.ts";
import { refuseMany } from "./json-reader.ts";
import type { ProjectManifest } from "./manifest.ts";
import { isPackageName, isVersion } from "./name.ts";
import { anyPlatform } from "./platform.ts";
import type { Resolution, ResolvedDependency, ResolvedPackage, ResolvedProject } from "./resolution.ts";
import { pinOf, type Registries, sourceOf } from "./source.ts";
import { directoryOf, projectOf, rangeOf, resolutionsOf, type Wanted, wantedOf } from "./yarn-project.ts";
import { parseYarnLock, type YarnEntry } from "./yarn-text.ts";

export interface YarnSettings {
  readonly file: Bytes;
  readonly registries: Registries;
  readonly pins: Pins;
  /** package.json files by directory: the project's, its workspaces', and of directories that links lead to. */
  readonly manifests: ReadonlyMap<Bytes, ProjectManifest>;
  readonly workspaces: ReadonlySet<Bytes>;
}

export function yarnResolution(contents: Bytes, settings: YarnSettings): Resolution {
  const entries = parseYarnLock(contents, settings.file);
  refuseMany(entries.length, settings.file);
  const byPattern = new Map(
    entries.flatMap((entry) => entry.patterns.map((pattern) => [pattern, entry] as const)),
  );
  const reader = new Reader(byPattern, settings);
  const packages = new Map<Bytes, ResolvedPackage>();
  for (const entry of entries) packages.set(idOf(entry), reader.packageOf(entry));
  const projects = new Map<Bytes, ResolvedProject>();
  for (const [directory, manifest] of settings.manifests) {
    const isWorkspace = settings.workspaces.has(directory);
    if (directory !== "" && !isWorkspace) continue;
    const found = wantedOf(manifest).flatMap((one) => reader.dependencyOf(one, directory, asBytes("")) ?? []);
    projects.set(directory, projectOf(directory, manifest, isWorkspace, found));
  }
  reader.throwMissing();
  return { packages, projects, isComplete: false };
}

function idOf(entry: YarnEntry): Bytes {
  return entry.patterns[0] ?? asBytes("");
}

class Reader {
  readonly #byPattern: ReadonlyMap<Bytes, YarnEntry>;
  readonly #settings: YarnSettings;
  readonly #members: ReadonlyMap<Bytes, Bytes>;
  readonly #byName = new Map<Bytes, Set<YarnEntry>>();
  readonly #resolutions: ReadonlyMap<Bytes, Bytes>;
  readonly #missing = new Set<string>();

  constructor(byPattern: ReadonlyMap<Bytes, YarnEntry>, settings: YarnSettings) {
    this.#byPattern = byPattern;
    this.#settings = settings;
    this.#resolutions = resolutionsOf(settings.manifests.get(asBytes("")));
    for (const [pattern, entry] of byPattern) {
      const name = nameOf(pattern);
      this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(entry));
    }
    this.#members = new Map(
      [...settings.manifests].flatMap(([directory, { name }]) =>
        name !== undefined && settings.workspaces.has(directory) ? [[name, directory] as const] : [],
      ),
    );
  }

  packageOf(entry: YarnEntry): ResolvedPackage {
    const { registries, pins } = this.#settings;
    const [pattern = asBytes("")] = entry.patterns;
    const alias = nameOf(pattern);
    const version = entry.fields.get(asBytes("version"));
    if (!isPackageName(toText(alias)) || version === undefined || !isVersion(version)) {
      return fail({
        code: "npm/name",
        message: `the entry ${JSON.stringify(toText(pattern))} has no name or version that a package can have`,
        at: entry.at,
        hint: "yarn writes NAME@RANGE: and a version below it",
      });
    }
    const resolved = entry.fields.get(asBytes("resolved"));
    const name = realName(pattern, alias);
    const [url = "", hash = ""] = (resolved ?? "").split("#");
    const isGit = resolved !== undefined && /^git[+:]|^git@|\.git#/.test(resolved);
    const integrity = entry.fields.get(asBytes("integrity")) ?? integrityOfHex(hash)?.sri;
    const locked = {
      location: pattern,
      name,
      version,
      resolved: resolved === undefined ? undefined : isGit ? gitOf(resolved) : asBytes(url),
      integrity,
    };
    const range = pattern.slice(alias.length + 1);
    const isDirectory = resolved === undefined && /^file:/.test(range);
    const source = isDirectory
      ? ({ kind: "directory", path: directoryOf(asBytes(""), range.slice("file:".length), alias) } as const)
      : sourceOf(
          { ...locked, integrity: pinOf(locked, pins)?.sri ?? integrityOf(integrity ?? "")?.sri },
          registries,
          pins,
        );
    const dependencies = [
      ...[...entry.dependencies].map(
        ([one, wanted]): Wanted => ({ alias: one, range: wanted, kind: "prod" }),
      ),
      ...[...entry.optionalDependencies].map(
        ([one, wanted]): Wanted => ({ alias: one, range: wanted, kind: "optional" }),
      ),
    ].flatMap((one) => this.dependencyOf(one, asBytes(""), name) ?? []);
    return { name, version, source, needs: anyPlatform, bins: undefined, dependencies, patches: [] };
  }

  /** @param parent the name of who depends; a project's own dependencies are replaced, too */
  dependencyOf(wanted: Wanted, from: Bytes, parent: Bytes): ResolvedDependency | undefined {
    const { alias, kind } = wanted;
    const range = rangeOf(this.#resolutions, parent, wanted);
    const entry = this.#byPattern.get(asBytes(`${alias}@${range}`));
    if (entry !== undefined) return { alias, kind, target: { kind: "package", id: idOf(entry) } };
    const member = this.#members.get(alias);
    if (member !== undefined) return { alias, kind, target: { kind: "directory", path: member } };
    if (range.startsWith("link:")) {
      return {
        alias,
        kind,
        target: { kind: "directory", path: directoryOf(from, range.slice("link:".length), alias) },
      };
    }
    // What a resolution of the project replaced is there under its name, with another range.
    const others = this.#byName.get(alias) ?? new Set();
    const [only] = others;
    if (only !== undefined && others.size === 1) {
      return { alias, kind, target: { kind: "package", id: idOf(only) } };
    }
    this.#missing.add(`Missing: ${toText(alias)}@${toText(range)} from lock file`);
    return undefined;
  }

  throwMissing(): void {
    if (this.#missing.size === 0) return;
    const { file } = this.#settings;
    throw new InputError([
      {
        code: "npm/out-of-sync",
        message: `package.json and ${toText(file)} are not in sync:\n  ${[...this.#missing].sort().join("\n  ")}`,
        hint: "update the lock file with `yarn install` before continuing",
      },
    ]);
  }
}

/** "@scope/name" of "@scope/name@range". */
function nameOf(pattern: Bytes): Bytes {
  const at = pattern.indexOf("@", 1);
  return at < 0 ? pattern : asBytes(pattern.slice(0, at));
}

/** An alias is written as "alias@npm:name@range". */
function realName(pattern: Bytes, alias: Bytes): Bytes {
  const range = pattern.slice(alias.length + 1);
  if (!range.startsWith("npm:")) return alias;
  const name = nameOf(asBytes(range.slice("npm:".length)));
  return isPackageName(toText(name)) ? name : alias;
}

/** yarn writes `https://host/name.git#COMMIT`, too. */
function gitOf(resolved: Bytes): Bytes {
  return /^https?:|^ssh:/.test(resolved) ? asBytes(`git+${resolved}`) : resolved;
}
