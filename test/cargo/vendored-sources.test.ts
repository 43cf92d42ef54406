// Packages that a project keeps in its own tree are not fetched.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeLock } from "../../cli/cargo/lock-file.ts";
import { parseCargoLock } from "../../generators/cargo/lock.ts";
import { asBytes, fromBuffer } from "../../graph/bytes.ts";
import { makeProject, type Project } from "../cli.ts";

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

const commit = "0123456789abcdef0123456789abcdef01234567";
const sum = "ab".repeat(32);
const lock = `version = 4

[[package]]
name = "app"
version = "1.0.0"
dependencies = ["branched", "common", "kept", "plain"]

[[package]]
name = "branched"
version = "1.0.0"
source = "git+https://code.example/branched?branch=a%2Fb#${commit}"

[[package]]
name = "common"
version = "1.0.0+x"
source = "registry+https://code.example/crates.io-index"
checksum = "${sum}"

[[package]]
name = "kept"
version = "1.0.0"
source = "sparse+https://packages.example/index/"
checksum = "${sum}"

[[package]]
name = "plain"
version = "1.0.0"
source = "git+https://code.example/plain#${commit}"
`;
const directory = '\n[source.vendored-sources]\ndirectory = "vendor"\n';

/** Names of what the lockfile that is left names, with a source. */
function fetched(files: Readonly<Record<string, string>>, file = "Cargo.lock"): readonly string[] {
  const project = makeProject({ [file]: lock });
  projects.push(project);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project.directory, name)), { recursive: true });
    writeFileSync(join(project.directory, name), text);
  }
  const to = join(project.directory, "left.lock");
  writeLock("", project.directory, file, to);
  return parseCargoLock(fromBuffer(readFileSync(to)), asBytes("Cargo.lock")).packages.flatMap(
    ({ name, source }) => (source === undefined ? [] : [name]),
  );
}

describe("of a lockfile is fetched", () => {
  test("everything, and it stays as it is, without a configuration", () => {
    expect(fetched({})).toEqual(["branched", "common", "kept", "plain"]);
  });

  test("nothing, when cargo vendor's own words are in the configuration", () => {
    // As cargo 1.95 prints them.
    const configuration = `[source.crates-io]
replace-with = "vendored-sources"

[source."git+https://code.example/branched?branch=a/b"]
git = "https://code.example/branched"
branch = "a/b"
replace-with = "vendored-sources"

[source."git+https://code.example/plain"]
git = "https://code.example/plain"
replace-with = "vendored-sources"

[source."sparse+https://packages.example/index/"]
registry = "sparse+https://packages.example/index/"
replace-with = "vendored-sources"
${directory}`;
    expect(fetched({ ".cargo/config.toml": configuration })).toEqual([]);
    expect(fetched({ ".cargo/config": configuration })).toEqual([]);
  });

  test("what another source stands for, unless that ends in a directory", () => {
    const mirror = '[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\n';
    const all = ["branched", "common", "kept", "plain"];
    expect(fetched({ ".cargo/config.toml": `${mirror}registry = "https://mirror.example/index"\n` })).toEqual(
      all,
    );
    expect(
      fetched({ ".cargo/config.toml": `${mirror}replace-with = "vendored-sources"\n${directory}` }),
    ).toEqual(["branched", "kept", "plain"]);
    expect(fetched({ ".cargo/config.toml": `${mirror}replace-with = "crates-io"\n` })).toEqual(all);
  });

  test("a commit of another branch than the one that is replaced", () => {
    const configuration = `[source.b]\ngit = "https://code.example/branched"\nbranch = "main"\nreplace-with = "vendored-sources"\n${directory}`;
    expect(fetched({ ".cargo/config.toml": configuration })).toContain("branched");
  });

  test("what a registry of the configuration, by its name, is not replaced for", () => {
    const configuration = `[registries.private]\nindex = "sparse+https://packages.example/index/"\n[source.private]\nreplace-with = "vendored-sources"\n${directory}`;
    expect(fetched({ ".cargo/config.toml": configuration })).toEqual(["branched", "common", "plain"]);
  });

  test("as the nearest configuration at or above the workspace says", () => {
    const outer = `[source.crates-io]\nreplace-with = "vendored-sources"\n${directory}`;
    const near =
      '[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\nregistry = "https://m.example"\n';
    expect(fetched({ ".cargo/config.toml": outer }, "part/Cargo.lock")).not.toContain("common");
    expect(
      fetched({ ".cargo/config.toml": outer, "part/.cargo/config.toml": near }, "part/Cargo.lock"),
    ).toContain("common");
    expect(
      fetched({ ".cargo/config.toml": near, "part/.cargo/config.toml": outer }, "part/Cargo.lock"),
    ).not.toContain("common");
  });
});
