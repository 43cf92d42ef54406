// Packages that a test registry serves: small ones that together have every kind of dependency.

import type { TestPackage } from "./registry.ts";

export const plain = (name: string, version: string, fields: object = {}, files = {}): TestPackage => ({
  manifest: { name, version, ...fields },
  files: { "index.js": `module.exports = ${JSON.stringify(`${name}@${version}`)};\n`, ...files },
});
export const program = "#!/usr/bin/env node\n";

/** Everything that yarn takes from a tarball, or leaves out. */
const odd: TestPackage = {
  manifest: { name: "@scope/odd", version: "1.0.0" },
  entries: [
    { path: "package/lib", type: "5", mode: 0o700 },
    { path: "package/lib/a.js", contents: "a\n", mode: 0o755 },
    { path: "package/deep/er/b.js", contents: "b\n", mode: 0o611 },
    { path: "package/empty", mode: 0o600 },
    { path: "package/link", type: "2", target: "lib/a.js" },
    { path: "package/hard", type: "1", target: "package/lib/a.js" },
    { path: "package/\u00fc.js", contents: "u\n" },
    { path: "./package/dotted.js", contents: "d\n" },
    { path: "other/.gitignore", contents: "o\n" },
    { path: "/package/absolute.js", contents: "x\n" },
    { path: "package/../up.js", contents: "x\n" },
    { path: "top.js", contents: "x\n" },
    { path: "package/lib/a.js", contents: "again\n", mode: 0o644 },
  ],
};

export const packages: readonly TestPackage[] = [
  odd,
  plain("leaf", "1.0.0"),
  plain("leaf", "1.5.0"),
  plain("leaf", "2.0.0"),
  plain("@scope/tool", "1.2.3", { bin: "cli.js", dependencies: { leaf: "^1.0.0" } }, { "cli.js": program }),
  plain(
    "alpha",
    "1.0.0",
    {
      dependencies: { leaf: "^2.0.0", beta: "^1.0.0" },
      bin: { run: "a.js", both: "./bin/../both.js", gone: "none.js" },
    },
    { "a.js": program, "both.js": `${"#!/usr/bin/env node"}\r\n1;\r\n` },
  ),
  plain("beta", "1.0.0", { dependencies: { alpha: "^1.0.0" }, bin: { both: "b.js" } }, { "b.js": program }),
  plain("crooked", "1.0.0", { bin: { "../../evil": "b.js" } }, { "b.js": program }),
  plain("zeta", "1.0.0", { bin: { run: "z.js", gone: "z.js" } }, { "z.js": program }),
  plain("for-darwin", "1.0.0", { os: ["darwin"], dependencies: { "only-darwin": "1.0.0" } }),
  plain("only-darwin", "1.0.0"),
  plain("for-musl", "1.0.0", { os: ["linux"], libc: ["musl"] }),
  plain("for-linux", "1.0.0", { os: ["linux", "darwin"], cpu: ["!mips"] }),
  plain("old-engine", "1.0.0", { engines: { node: "<1" } }),
  plain("native", "1.0.0", {
    optionalDependencies: { "for-darwin": "1.0.0", "for-musl": "1.0.0", "for-linux": "1.0.0" },
    scripts: { install: "node index.js" },
  }),
  plain("plugin", "1.0.0", {
    peerDependencies: { host: "^3.0.0", extra: "*" },
    peerDependenciesMeta: { extra: { optional: true } },
  }),
  plain("host", "3.0.0"),
  plain("host", "3.1.0"),
  plain(
    "checker",
    "1.0.0",
    { bin: { check: "check.js" }, dependencies: { leaf: "^2.0.0" } },
    { "check.js": program },
  ),
  plain(
    "bundler",
    "1.0.0",
    { dependencies: { inner: "^1.0.0", leaf: "^1.0.0" }, bundleDependencies: ["inner"] },
    {
      "node_modules/inner/package.json": JSON.stringify({
        name: "inner",
        version: "1.0.7",
        bin: { inner: "i.js" },
        dependencies: { deep: "*" },
      }),
      "node_modules/inner/i.js": program,
      "node_modules/deep/package.json": JSON.stringify({ name: "deep", version: "9.0.0" }),
    },
  ),
  plain("inner", "1.0.7", { dependencies: { deep: "*" }, bin: { inner: "i.js" } }, { "i.js": program }),
  plain("deep", "9.0.0"),
  plain("overridden", "1.0.0"),
  plain("overridden", "1.0.1"),
  plain("wants-overridden", "1.0.0", { dependencies: { overridden: "1.0.0" } }),
  plain("JSONThing", "1.0.0"),
  plain("a-peer-with-a-long-name-number-one", "1.0.0"),
  plain("a-peer-with-a-long-name-number-two", "1.0.0"),
  plain("a-peer-with-a-long-name-number-three", "1.0.0"),
  plain("crowded", "1.0.0", {
    peerDependencies: {
      "a-peer-with-a-long-name-number-one": "*",
      "a-peer-with-a-long-name-number-two": "*",
      "a-peer-with-a-long-name-number-three": "*",
    },
  }),
  plain("eslint-plugin-x", "1.0.0"),
  plain("uses-eslint", "1.0.0", { dependencies: { "eslint-plugin-x": "*", shadow: "2.0.0" } }),
  plain("shadow", "2.0.0", { dependencies: { shadowed: "npm:shadow@1.0.0" } }),
  plain("shadow", "1.0.0"),
];
