// Which files one run of rustc is given.

import { describe, expect, test } from "vitest";
import { PackageFiles, type SourceTree, sourcesOf } from "../../emit/cargo/sources.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { CargoPackage } from "../../graph/unit-graph.ts";

function packageAt(path: string): CargoPackage {
  return {
    name: asBytes("p"),
    version: asBytes("1.0.0"),
    source: undefined,
    place: { kind: "tree", path: asBytes(path) },
    isMember: true,
    isPrimary: true,
    links: undefined,
    features: [],
    about: [],
    programs: [],
    hasLibrary: true,
    lints: [],
    checkCfg: [],
  };
}

function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  const all = Object.keys(files).sort();
  return {
    read: (path) => (path in files ? asBytes(files[path] ?? "") : undefined),
    filesBelow: (directory) =>
      all.filter((file) => directory === "" || file.startsWith(`${directory}/`)).map(asBytes),
  };
}

function given(files: Readonly<Record<string, string>>, root = "p/src/lib.rs"): readonly Bytes[] {
  const tree = treeOf(files);
  const owner = packageAt("p");
  return sourcesOf(
    asBytes(root),
    owner,
    new PackageFiles(tree, [owner, packageAt("p/inner")]).of(owner),
    tree,
    [],
  );
}

describe("a crate reads", () => {
  test("its modules, wherever they lie, and no others", () => {
    expect(
      given({
        "p/src/lib.rs": 'mod a; pub mod b;\nmod inline { mod c; }\n#[path = "other/d.rs"] mod e;',
        "p/src/a.rs": "mod deep;",
        "p/src/a/deep.rs": "",
        "p/src/b/mod.rs": "mod r#type;",
        "p/src/b/type.rs": "",
        "p/src/inline/c.rs": "",
        "p/src/other/d.rs": "",
        "p/src/unused.rs": "",
        "p/src/main.rs": "mod unused;",
        "p/tests/t.rs": "",
        "p/README.md": "",
      }),
    ).toEqual([
      "p/src/a.rs",
      "p/src/a/deep.rs",
      "p/src/b/mod.rs",
      "p/src/b/type.rs",
      "p/src/inline/c.rs",
      "p/src/lib.rs",
      "p/src/other/d.rs",
    ]);
  });

  test("files and folders that a text names", () => {
    expect(
      given({
        "p/src/lib.rs":
          '#![doc = include_str!("../README.md")]\nconst A: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/a.bin"));\n#[derive(Template)] #[template(path = "page.html")] struct P;\n#[folder = "assets/"] struct F;\nconst B: &str = include_str!("../../shared.txt");',
        "p/README.md": "",
        "p/data/a.bin": "",
        "p/data/b.bin": "",
        "p/templates/page.html": "",
        "p/assets/x/y.css": "",
        "shared.txt": "",
      }),
    ).toEqual([
      "p/README.md",
      "p/assets/x/y.css",
      "p/data/a.bin",
      "p/src/lib.rs",
      "p/templates/page.html",
      "shared.txt",
    ]);
  });

  test("every module below it where a macro makes their names", () => {
    expect(
      given({
        "p/src/lib.rs": "macro_rules! m { ($n:ident) => { mod $n; } } m!(x);",
        "p/src/x.rs": "",
        "p/build.rs": "",
      }),
    ).toEqual(["p/src/lib.rs", "p/src/x.rs"]);
  });
});

test("a package's files are not those of packages below it, nor what cargo made", () => {
  const tree = treeOf({
    "p/Cargo.toml": "",
    "p/inner/src/lib.rs": "",
    "p/target/debug/x": "",
    "p/src/lib.rs": "",
  });
  const owner = packageAt("p");
  expect(new PackageFiles(tree, [owner, packageAt("p/inner")]).of(owner)).toEqual([
    "p/Cargo.toml",
    "p/src/lib.rs",
  ]);
});
