// What a project's dependencies follow from: lockfile, package.json files, npm's settings and patches, without
// anything else of the source, so that an edit of a source file plans nothing anew.

import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import { withoutYarnSecrets } from "../../generators/npm/yarnrc.ts";

/** At the top of the project. */
const topFiles = new Set([
  ".npmrc",
  ".pnpmfile.cjs",
  ".yarnrc.yml",
  "npm-shrinkwrap.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "yarn.lock",
]);

/** Not the project's own, however they are called below it. */
const otherDirectories = new Set([".git", "node_modules"]);

/** Copies what is planned with to one tree, and the patches and tarballs that packages are made of to another. */
export function writeManifests(from: string, to: string, files: string): void {
  mkdirSync(to, { recursive: true });
  mkdirSync(files, { recursive: true });
  const visit = (directory: string): void => {
    for (const entry of readdirSync(join(from, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory() && !otherDirectories.has(entry.name)) visit(path);
      else if (entry.isFile() && isPart(entry.name)) copy(from, files, path);
      else if (entry.isFile() && isWanted(path, entry.name)) copy(from, to, path);
    }
  };
  visit("");
  for (const directory of copiedDirectories(from)) copyDirectory(from, files, directory);
}

/** How lockfiles name directories that are installed as packages, by copy: what is in them is in node_modules. */
const copied: ReadonlyMap<string, RegExp> = new Map([
  ["pnpm-lock.yaml", /\bdirectory: *['"]?([^'",}\s]+)/g],
  ["yarn.lock", /@file:([^"#,:\s]+)/g],
]);

function copiedDirectories(from: string): readonly string[] {
  const found = [...copied].flatMap(([lockfile, pattern]) => {
    const file = join(from, lockfile);
    return existsSync(file) ? [...readFileSync(file, "utf8").matchAll(pattern)] : [];
  });
  return [...new Set(found.map(([, path = ""]) => posix.normalize(path)))].filter(
    (path) =>
      !/^(?:\.\.|\/|\.$)/.test(path) && statSync(join(from, path), { throwIfNoEntry: false })?.isDirectory(),
  );
}

function copyDirectory(from: string, to: string, directory: string): void {
  for (const entry of readdirSync(join(from, directory), { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory() && !otherDirectories.has(entry.name)) copyDirectory(from, to, path);
    else if (entry.isFile()) copy(from, to, path);
  }
}

function isWanted(path: string, name: string): boolean {
  return topFiles.has(path) || name === "package.json";
}

function isPart(name: string): boolean {
  return /\.(?:patch|diff|tgz|tar\.gz)$/.test(name);
}

function copy(from: string, to: string, path: string): void {
  const [source, target] = [join(from, path), join(to, path)];
  mkdirSync(dirname(target), { recursive: true });
  if (path === ".yarnrc.yml") writeFileSync(target, withoutYarnSecrets(readFileSync(source, "utf8")));
  else if (path === ".npmrc") writeFileSync(target, withoutSecrets(readFileSync(source, "utf8")));
  else if (lstatSync(source).isFile()) copyFileSync(source, target);
}

/** No token, password, key or certificate gets into the store. */
export function withoutSecrets(npmrc: string): string {
  return npmrc
    .split("\n")
    .filter(
      (line) =>
        !/(?:^|:)\s*_?(?:auth|authtoken|password|username|email|certfile|keyfile|cert|key|ca|cafile|otp)\s*(?:\[\])?\s*=/i.test(
          line,
        ),
    )
    .map((line) => line.replace(/(\/\/)[^/@\s]*@/, "$1"))
    .join("\n");
}
