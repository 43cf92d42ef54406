// Bundles what runs in builders, with other constants than the project's own where they are given.
// Run: node bench/bundle-planner.mjs DIRECTORY [NAME=VALUE...]

import { readFileSync } from "node:fs";
import { bundleBuilder } from "../scripts/bundle-builder.mjs";

const [outdir, ...pairs] = process.argv.slice(2);
const constants = pairs.map((pair) => pair.split("="));
const found = new Set();
await bundleBuilder(outdir, [
  {
    name: "constants",
    setup: (plugin) => {
      plugin.onLoad({ filter: /\/emit\/(outputs|plan)\/[^/]*\.ts$/ }, ({ path }) => {
        let contents = readFileSync(path, "utf8");
        for (const [name, value] of constants) {
          contents = contents.replace(new RegExp(`\\bconst ${name} = \\d+;`), () => {
            found.add(name);
            return `const ${name} = ${value};`;
          });
        }
        return { contents, loader: "ts" };
      });
    },
  },
]);
// Or the figures would be of something else.
for (const [name] of constants) if (!found.has(name)) throw new Error(`there is no constant "${name}"`);
