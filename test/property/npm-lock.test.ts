// Hostile lockfiles: whatever the bytes, there is a tree whose every path stays in the project, or an InputError.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadPackageTree } from "../../cli/npm/load-tree.ts";
import { binLinksOf } from "../../generators/npm/bins.ts";
import { componentsOf } from "../../generators/npm/components.ts";
import { isPackageName, pathProblem } from "../../generators/npm/name.ts";
import { asBytes, type Bytes, fromBuffer, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import type { PackageTree } from "../../graph/package-tree.ts";

const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
const sha512 = `sha512-${"A".repeat(86)}==`;

async function load(
  name: string,
  contents: Bytes,
  manifest = asBytes("{}"),
): Promise<PackageTree | InputError> {
  const files = new Map([
    [asBytes(name), contents],
    [asBytes("package.json"), manifest],
  ]);
  try {
    return await loadPackageTree({ files, target, nodeVersion: "v20.0.0" });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** Every place that something is written to, or read from, lies in the project and below nothing that is a link. */
function expectInside(tree: PackageTree | InputError): void {
  if (tree instanceof InputError) return;
  const bins = binLinksOf(tree);
  for (const { location, name, source } of tree.packages) {
    expect(pathProblem(location)).toBe(undefined);
    expect(location).toMatch(/(^|\/)node_modules\//);
    expect(isPackageName(name)).toBe(true);
    if (source.kind === "file" || source.kind === "directory")
      expect(pathProblem(source.path)).toBe(undefined);
    if (source.kind === "tarball") expect(source.url).toMatch(/^https?:\/\/[^/@]+\/[^#]*$/);
  }
  for (const { location, target: to } of tree.links) {
    expect(pathProblem(location)).toBe(undefined);
    expect(pathProblem(to)).toBe(undefined);
  }
  for (const { location, file } of bins) {
    expect(pathProblem(location)).toBe(undefined);
    expect(pathProblem(file.replace(/\/$/, ""))).toBe(undefined);
  }
  expect(componentsOf(tree).flatMap(({ locations }) => locations).length).toBe(tree.packages.length);
  expect(new Set(tree.packages.map(({ location }) => location)).size).toBe(tree.packages.length);
}

const nasty = [
  "..",
  ".",
  "",
  "/",
  "/etc/passwd",
  "a",
  "b",
  "@s/a",
  "@s",
  "node_modules",
  "a/node_modules/b",
  "../a",
  "a/../..",
  "a\\b",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "a\u0000b",
  "$(touch x)",
  "`id`",
  "a b",
  "-a",
  ".bin",
  "é",
  "1.0.0",
  "^1.0.0",
  "*",
  "file:..",
  "file:../x",
  "file:/etc",
  "link:../x",
  "workspace:*",
  "npm:b@1.0.0",
  "npm:../b@1",
  "latest",
  "https://user:secret@host/a.tgz#x",
  "http://[::1",
  "git+ssh://git@host/a#0123456789012345678901234567890123456789",
  "git+file:///etc#0123456789012345678901234567890123456789",
  "github:a/b",
  "javascript:alert(1)",
  sha512,
  "sha1-x",
  "true",
];
const text = fc.constantFrom(...nasty);
const json: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.constant({}),
  fc.constant([]),
);
const names = fc.constantFrom("a", "b", "@s/a", "c");
const dependencies = fc.dictionary(
  fc.oneof({ weight: 5, arbitrary: names }, { weight: 1, arbitrary: text }),
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom("*", "1.0.0") }, { weight: 1, arbitrary: text }),
  { maxKeys: 3 },
);
const plainEntry = fc.record(
  { version: fc.constant("1.0.0"), integrity: fc.constant(sha512) },
  { requiredKeys: ["version", "integrity"] },
);
const entry = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: plainEntry }, { weight: 1, arbitrary: fc.constant({}) }),
    fc.record(
      {
        name: text,
        version: json,
        resolved: text,
        integrity: text,
        link: fc.boolean(),
        dev: fc.boolean(),
        optional: fc.boolean(),
        inBundle: fc.boolean(),
        hasInstallScript: fc.boolean(),
        bundleDependencies: fc.oneof(fc.boolean(), fc.array(names)),
        dependencies,
        optionalDependencies: dependencies,
        peerDependencies: dependencies,
        peerDependenciesMeta: fc.dictionary(text, json, { maxKeys: 2 }),
        bin: fc.oneof(text, fc.dictionary(text, text, { maxKeys: 3 }), json),
        os: fc.oneof(fc.array(text), json),
        cpu: json,
        libc: json,
        engines: json,
      },
      { requiredKeys: [] },
    ),
    fc.nat(5),
  )
  .map(([base, more, few]) => ({ ...base, ...Object.fromEntries(Object.entries(more).slice(0, few)) }));
const location = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(names, { minLength: 1, maxLength: 3 })
      .map((path) => path.map((one) => `node_modules/${one}`).join("/")),
  },
  { weight: 1, arbitrary: fc.tuple(text, text).map(([a, b]) => `${a}/node_modules/${b}`) },
  { weight: 1, arbitrary: text },
);
const lock3 = fc
  .tuple(fc.dictionary(location, entry, { maxKeys: 6 }), entry, fc.constantFrom(2, 3))
  .map(([packages, root, version]) => ({
    lock: { name: "p", lockfileVersion: version, packages: { "": root, ...packages } },
    manifest: root,
  }));
const old: fc.Arbitrary<object> = fc.letrec<{ level: object }>((tie) => ({
  level: fc.dictionary(
    fc.oneof({ weight: 5, arbitrary: names }, { weight: 1, arbitrary: text }),
    fc.record(
      {
        version: fc.oneof(fc.constant("1.0.0"), text),
        resolved: text,
        integrity: fc.constant(sha512),
        requires: dependencies,
        bundled: fc.boolean(),
        dev: fc.boolean(),
        optional: fc.boolean(),
        dependencies: fc.oneof({ depthSize: "small", maxDepth: 2 }, fc.constant({}), tie("level")),
      },
      { requiredKeys: ["version"] },
    ),
    { maxKeys: 3 },
  ),
})).level;

describe("a hostile lockfile", () => {
  it("of npm is a tree in the project, or refused", async () => {
    let trees = 0;
    await fc.assert(
      fc.asyncProperty(lock3, async ({ lock, manifest }) => {
        const found = await load(
          "package-lock.json",
          fromText(JSON.stringify(lock)),
          fromText(JSON.stringify(manifest)),
        );
        if (!(found instanceof InputError)) trees++;
        expectInside(found);
      }),
      { numRuns: 400 },
    );
    expect(trees).toBeGreaterThan(5);
  });

  it("of version 1 is a tree in the project, or refused", async () => {
    await fc.assert(
      fc.asyncProperty(old, async (level) => {
        const lock = { name: "p", lockfileVersion: 1, requires: true, dependencies: level };
        expectInside(await load("package-lock.json", fromText(JSON.stringify(lock))));
      }),
      { numRuns: 200 },
    );
  });

  it("of pnpm is a tree in the project, or refused", async () => {
    const reference = fc.oneof(
      { weight: 3, arbitrary: fc.constant("1.0.0") },
      { weight: 1, arbitrary: text },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "link:a",
          "link:../../x",
          "file:a",
          "1.0.0(b@1.0.0)",
          "@s/a@1.0.0",
          "a@https://h/x.tgz",
        ),
      },
    );
    const needs = fc.dictionary(
      fc.oneof({ weight: 5, arbitrary: names }, { weight: 1, arbitrary: text }),
      reference,
      { maxKeys: 3 },
    );
    const key = fc.oneof(
      { weight: 5, arbitrary: names.map((one) => `${one}@1.0.0`) },
      { weight: 1, arbitrary: fc.tuple(text, text).map(([a, b]) => `${a}@${b}`) },
    );
    const resolution = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ integrity: sha512 }) },
      {
        weight: 1,
        arbitrary: fc.record(
          {
            type: fc.constantFrom("directory", "git", "binary"),
            directory: text,
            repo: text,
            commit: text,
            path: text,
            tarball: text,
          },
          { requiredKeys: [] },
        ),
      },
    );
    const one = fc.record(
      {
        resolution,
        dependencies: needs,
        optionalDependencies: needs,
        optional: fc.boolean(),
        hasBin: fc.boolean(),
        name: text,
        version: text,
        os: fc.array(text),
      },
      { requiredKeys: ["resolution"] },
    );
    const packages = fc.dictionary(key, one, { maxKeys: 4 });
    const importers = fc.dictionary(
      fc.oneof(fc.constantFrom(".", "packages/x"), text),
      fc.record({ dependencies: needs, devDependencies: needs }, { requiredKeys: [] }),
      { maxKeys: 3 },
    );
    let trees = 0;
    await fc.assert(
      fc.asyncProperty(packages, importers, async (packages, importers) => {
        // JSON is YAML.
        const lock = JSON.stringify(
          { lockfileVersion: "9.0", importers, packages, snapshots: packages },
          null,
          1,
        );
        const files = new Map([[asBytes("pnpm-lock.yaml"), fromText(lock)]]);
        try {
          const tree = await loadPackageTree({ files, target, nodeVersion: "v20.0.0" });
          trees++;
          expectInside(tree);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
      { numRuns: 400 },
    );
    expect(trees).toBeGreaterThan(5);
  });

  it("of yarn is a tree in the project, or refused", async () => {
    const range = fc.oneof({ weight: 3, arbitrary: fc.constant("^1.0.0") }, { weight: 1, arbitrary: text });
    const block = fc
      .tuple(
        fc.oneof({ weight: 4, arbitrary: names }, { weight: 1, arbitrary: text }),
        range,
        fc.oneof(fc.constant("1.0.0"), text),
        text,
        fc.dictionary(names, range, { maxKeys: 2 }),
      )
      .map(([name, of, version, resolved, needs]) =>
        [
          `"${name}@${of}":`,
          `  version "${version}"`,
          `  resolved "${resolved}"`,
          `  integrity ${sha512}`,
          "  dependencies:",
          ...Object.entries(needs).map(([a, b]) => `    "${a}" "${b}"`),
          "",
        ].join("\n"),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 4 }), dependencies, async (blocks, needs) => {
        const manifest = fromText(JSON.stringify({ dependencies: needs }));
        expectInside(await load("yarn.lock", fromText(blocks.join("\n")), manifest));
      }),
      { numRuns: 200 },
    );
  });

  it("of any bytes is refused, and never more than that", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map(fromBuffer),
      fc
        .array(
          fc.constantFrom(
            "{",
            "}",
            "[",
            "]",
            '"',
            ":",
            ",",
            "\n",
            "  ",
            "- ",
            "a",
            "&a",
            "*a",
            "!t",
            "|",
            ">",
            "? ",
            "#",
            "\t",
            "lockfileVersion: '9.0'\n",
            '"lockfileVersion":3',
            "\xff",
          ),
          { maxLength: 40 },
        )
        .map((parts) => asBytes(parts.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("package-lock.json", "pnpm-lock.yaml", "yarn.lock"),
        bytes,
        async (name, contents) => {
          expectInside(await load(name, contents));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("with 30,000 packages is refused at once", async () => {
    const entries = Array.from(
      { length: 30_000 },
      (_, i) => [`node_modules/p${i}`, { version: "1.0.0", integrity: sha512 }] as const,
    );
    const lock = JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...Object.fromEntries(entries) } });
    const found = await load("package-lock.json", fromText(lock));
    expect(found).toMatchObject({
      diagnostics: [
        {
          code: "npm/lockfile",
          message: '"package-lock.json" has 30001 packages, and no more than 20000 are read',
        },
      ],
    });
  });
});
