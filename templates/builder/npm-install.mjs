// Installs a built package: the files that `npm pack` names, its dependencies, and a program for each bin.
// usage: node npm-install.mjs PACKED.json PACKAGE-DIRECTORY NODE-MODULES-TREE OUT SHELL NODE
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, normalize, relative } from "node:path";

const [packed, directory, modules, out, shell, node] = process.argv.slice(2);
const [{ name, files }] = Object.values(JSON.parse(readFileSync(packed, "utf8")));
const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
const link = join(out, "lib/node_modules", name);
// A workspace finds its dependencies in the directories above it.
const project = directory === "." ? link : join(out, "lib", basename(name));
const home = join(project, directory);

for (const { path } of files) copy(join(directory, path), join(home, path));
if (project !== link) {
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), home), link);
}

const tree = modules === "" ? undefined : realpathSync(modules);
if (tree !== undefined && existsSync(join(tree, "node_modules"))) {
  const members = membersIn("node_modules");
  if (members.length === 0) symlinkSync(join(tree, "node_modules"), join(project, "node_modules"));
  else {
    // Links to the project's own packages are relative to the project.
    copy(tree, project);
    for (const member of members) if (member !== directory) copy(member, join(project, member));
  }
}

/** Directories of the project that links in a directory of the tree lead to. */
function membersIn(below) {
  return readdirSync(join(tree, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory() && entry.name.startsWith("@")) return membersIn(path);
    if (!entry.isSymbolicLink()) return [];
    const target = normalize(join(below, readlinkSync(join(tree, path))));
    return target.startsWith("..") || target.split("/").includes("node_modules") ? [] : [target];
  });
}

/** Files, links and whether a file is a program; what lies in the store is read-only, its copy is not. */
function copy(from, to) {
  const stat = lstatSync(from, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) {
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from)) {
      // Dependencies come from the tree.
      if (from !== tree && entry === "node_modules" && !from.startsWith("/")) continue;
      copy(join(from, entry), join(to, entry));
    }
  } else {
    mkdirSync(dirname(to), { recursive: true });
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else {
      copyFileSync(from, to);
      chmodSync(to, (stat.mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

const bins =
  typeof manifest.bin === "string"
    ? [[basename(name), manifest.bin]]
    : Object.entries(manifest.bin ?? Object.fromEntries(binFiles(manifest.directories?.bin)));
for (const [program, path] of bins) {
  const file = join(home, path);
  if (!existsSync(file)) {
    process.stderr.write(
      `unravel: the bin "${program}" of ${name} leads to "${path}", which is not installed\n`,
    );
    process.stderr.write('  hint: name the file in "files" of package.json, or correct npmBuildScript\n');
    process.exitCode = 1;
    continue;
  }
  chmodSync(file, 0o755);
  mkdirSync(join(out, "bin"), { recursive: true });
  const to = join(out, "bin", basename(program));
  const start = readFileSync(file, "latin1").slice(0, 200);
  // A script of another interpreter, or a program, starts by itself.
  if (/^#!.*\bnode\b/.test(start) || !/^(?:#!|\x7fELF)/.test(start)) {
    writeFileSync(to, `#!${shell}\nexec ${node} ${quote(file)} "$@"\n`, { mode: 0o755 });
  } else symlinkSync(file, to);
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function binFiles(path) {
  if (path === undefined || !existsSync(path)) return [];
  return readdirSync(path).map((file) => [file, join(path, file)]);
}
