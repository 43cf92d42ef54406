// `.crate` files: what GNU tar packs, and what an attacker would.

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { takePackage } from "../../cli/cargo/checkout.ts";
import { CrateError, unpackCrate } from "../../cli/cargo/unpack.ts";
import { parseToml } from "../../generators/cargo/toml.ts";
import { asBytes, fromBuffer } from "../../graph/bytes.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "unravel-crate-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Packs files; `rename` is a sed expression for the names in the archive. */
function packed(
  files: Readonly<Record<string, string>>,
  rename = "",
  links: Readonly<Record<string, string>> = {},
): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, "in", name, ".."), { recursive: true });
    writeFileSync(join(directory, "in", name), text, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(directory, "in", name));
  const file = join(directory, "a.crate");
  const names = [...Object.keys(files), ...Object.keys(links)];
  execFileSync("tar", [
    "-czf",
    file,
    "-C",
    join(directory, "in"),
    ...(rename === "" ? [] : ["-P", `--transform=${rename}`]),
    ...names,
  ]);
  return file;
}

function unpacked(file: string): string {
  const to = join(directory, "out");
  mkdirSync(to, { recursive: true });
  unpackCrate(file, "a", "1.0.0", "ab".repeat(32), to);
  return join(to, "a-1.0.0");
}

function refusal(file: string): string {
  try {
    unpacked(file);
  } catch (error) {
    if (error instanceof CrateError) return error.message;
    throw error;
  }
  throw new Error("it was unpacked");
}

const manifest = { "a-1.0.0/Cargo.toml": "[package]\n" };

test("files keep their contents and whether they are programs; cargo gets the checksum", () => {
  const to = unpacked(packed({ ...manifest, "a-1.0.0/src/lib.rs": "// é\n", "a-1.0.0/x.sh": "" }));
  expect(readFileSync(join(to, "src/lib.rs"), "utf8")).toBe("// é\n");
  expect(statSync(join(to, "x.sh")).mode & 0o111).toBe(0o111);
  expect(statSync(join(to, "src/lib.rs")).mode & 0o111).toBe(0);
  expect(JSON.parse(readFileSync(join(to, ".cargo-checksum.json"), "utf8"))).toEqual({
    files: {},
    package: "ab".repeat(32),
  });
});

describe("refused is", () => {
  test("a path that leads out", () => {
    const file = packed({ ...manifest, "a-1.0.0/evil": "x" }, "s,a-1.0.0/evil,a-1.0.0/../../evil,");
    expect(refusal(file)).toBe('the archive holds "a-1.0.0/../../evil", which lies outside "a-1.0.0/"');
    expect(existsSync(join(directory, "evil"))).toBe(false);
  });

  test("an absolute path, and a file of another package", () => {
    expect(refusal(packed({ ...manifest, "a-1.0.0/evil": "x" }, "s,a-1.0.0/evil,/tmp/evil,"))).toContain(
      '"/tmp/evil"',
    );
    expect(refusal(packed({ ...manifest, "b-1.0.0/lib.rs": "x" }))).toContain('"b-1.0.0/lib.rs"');
  });

  test("a link", () => {
    expect(refusal(packed(manifest, "", { "a-1.0.0/passwd": "/etc/passwd" }))).toBe(
      'the archive holds "a-1.0.0/passwd", which is neither file nor directory',
    );
  });

  test("a name that differs from another in case only", () => {
    expect(refusal(packed({ ...manifest, "a-1.0.0/src/a.rs": "", "a-1.0.0/SRC/b.rs": "" }))).toBe(
      'the archive holds "src" and "SRC", which differ in case only',
    );
  });

  test("what is no archive, or ends early, or has no manifest", () => {
    const file = packed(manifest);
    const whole = readFileSync(file);
    writeFileSync(file, "nothing");
    expect(refusal(file)).toContain("the archive cannot be uncompressed");
    writeFileSync(file, whole.subarray(0, whole.length - 12));
    expect(refusal(file)).toContain("the archive cannot be uncompressed");
    expect(refusal(packed({ "a-1.0.0/src/lib.rs": "" }))).toBe("the archive holds no Cargo.toml");
  });
});

test("a package of a checkout stands by itself: what it inherits is written into it", () => {
  const checkout = join(directory, "checkout");
  const put = (name: string, text: string): void => {
    mkdirSync(join(checkout, name, ".."), { recursive: true });
    writeFileSync(join(checkout, name), text);
  };
  put(
    "Cargo.toml",
    '[workspace]\nmembers = ["a", "b"]\n[workspace.package]\nversion = "2.1.0"\nedition = "2021"\n[workspace.dependencies]\nserde = { version = "1", features = ["derive"] }\n',
  );
  put(
    "a/Cargo.toml",
    '[package]\nname = "a"\nversion.workspace = true\nedition.workspace = true\n[dependencies]\nserde = { workspace = true, features = ["rc"], optional = true }\n',
  );
  put("a/src/lib.rs", "");
  put("a/inner/Cargo.toml", '[package]\nname = "inner"\nversion = "1.0.0"\n');
  put("b/Cargo.toml", '[package]\nname = "b"\nversion = "1.0.0"\n');
  takePackage(checkout, "a", "2.1.0", directory);
  const made = join(directory, "a-2.1.0");
  const text = fromBuffer(readFileSync(join(made, "Cargo.toml")));
  const plain = (value: unknown): unknown =>
    value instanceof Map
      ? Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]))
      : value;
  expect(plain(parseToml(text, asBytes("Cargo.toml")))).toEqual({
    package: { name: "a", version: "2.1.0", edition: "2021" },
    dependencies: { serde: { version: "1", features: ["derive", "rc"], optional: true } },
  });
  expect(existsSync(join(made, "src/lib.rs"))).toBe(true);
  expect(existsSync(join(made, "inner"))).toBe(false);
  expect(() => takePackage(checkout, "c", "1.0.0", directory)).toThrow(
    'the checkout has no package "c" of version 1.0.0',
  );
});

// `cargo vendor` keeps the same files of the same repository, beside a .cargo-ok that its own checkout has.
test("a package of a checkout with submodules has their files, and no package that lies in one", () => {
  const checkout = join(directory, "checkout");
  const files = {
    "Cargo.toml": '[package]\nname = "a"\nversion = "1.0.0"\n',
    ".gitmodules": '[submodule "text"]\n\tpath = text\n\turl = https://code.example/text\n',
    "src/lib.rs": "",
    "text/.git": "gitdir: ../.git/modules/text\n",
    "text/text.txt": "hi\n",
    "text/deep/more.c": "",
    "text/nested/Cargo.toml": '[package]\nname = "inner"\nversion = "1.0.0"\n',
    "text/nested/a.txt": "",
    ".git/modules/text/HEAD": "",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(checkout, name, ".."), { recursive: true });
    writeFileSync(join(checkout, name), text);
  }
  takePackage(checkout, "a", "1.0.0", directory);
  const made = readdirSync(join(directory, "a-1.0.0"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(directory, "a-1.0.0"), join(entry.parentPath, entry.name)));
  expect(made.sort()).toEqual([
    ".cargo-checksum.json",
    ".gitmodules",
    "Cargo.toml",
    "src/lib.rs",
    "text/deep/more.c",
    "text/text.txt",
  ]);
});
