// The projects of the golden cases of pnpm and yarn.

import { plain, program } from "./packages.ts";
import { pack } from "./registry.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Names and files of the projects that one package manager installs. */
export function goldenProjects(manager: string, registry: string): readonly (readonly [string, Files])[] {
  const isPnpm = manager.startsWith("pnpm");
  const workspaces = isPnpm ? {} : { workspaces: ["packages/*"] };
  const project: Files = {
    "package.json": json({
      name: "everything",
      version: "1.0.0",
      private: true,
      ...workspaces,
      dependencies: {
        "@scope/tool": "^1.0.0",
        alpha: "1.0.0",
        zeta: "*",
        renamed: "npm:leaf@1.0.0",
        native: "1.0.0",
        plugin: "1.0.0",
        host: "^3.0.0",
        bundler: "1.0.0",
        local: "file:local",
        packed: "file:packed.tgz",
        // What yarn 4 refuses, and what has another hash there than everywhere else.
        ...(manager === "yarn-4" ? {} : { crooked: "1.0.0", remote: `${registry}leaf/-/leaf-2.0.0.tgz` }),
        "wants-overridden": "1.0.0",
      },
      devDependencies: { checker: "1.0.0" },
      optionalDependencies: { "for-darwin": "1.0.0" },
    }),
    "packages/one/package.json": json({
      name: "@my/one",
      version: "1.0.0",
      bin: { one: "one.js" },
      dependencies: { two: isPnpm ? "workspace:*" : "*", leaf: "2.0.0", plugin: "1.0.0", host: "3.0.0" },
    }),
    "packages/one/one.js": program,
    "packages/two/package.json": json({
      name: "two",
      version: "2.0.0",
      devDependencies: { checker: "*", leaf: "1.5.0" },
    }),
    "local/package.json": json({ name: "local", version: "0.0.1", dependencies: { host: "*" }, bin: "l.js" }),
    "local/l.js": program,
    "packed.tgz": pack(plain("packed", "4.0.0", { bin: { packed: "index.js" } })),
    ...(isPnpm ? { "pnpm-workspace.yaml": "packages:\n  - packages/*\n" } : {}),
  };
  return isPnpm
    ? [
        ["everything", project],
        ["names", names],
      ]
    : [
        ["everything", project],
        ...(manager === "yarn-4" ? ([["archives", archives(registry)]] as const) : []),
      ];
}

/** What yarn makes of tarballs: the lockfile has the checksum. */
const archives = (registry: string): Files => ({
  "package.json": json({
    name: "archives",
    version: "1.0.0",
    dependencies: { "@scope/odd": "1.0.0", remote: `${registry}leaf/-/leaf-2.0.0.tgz` },
  }),
});

/** Directory names with hashes, a patch, and what is hoisted to the top. */
const names: Files = {
  "package.json": json({
    name: "names",
    dependencies: {
      JSONThing: "1.0.0",
      crowded: "1.0.0",
      "a-peer-with-a-long-name-number-one": "1.0.0",
      "a-peer-with-a-long-name-number-two": "1.0.0",
      "a-peer-with-a-long-name-number-three": "1.0.0",
      "uses-eslint": "1.0.0",
      leaf: "1.0.0",
    },
    devDependencies: { checker: "1.0.0" },
    pnpm: { patchedDependencies: { "leaf@1.0.0": "patches/leaf.patch" } },
  }),
  "patches/leaf.patch":
    "diff --git a/index.js b/index.js\n--- a/index.js\n+++ b/index.js\n@@ -1 +1 @@\n" +
    '-module.exports = "leaf@1.0.0";\n+module.exports = "patched";\n',
};

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
