// C++20 modules through CMake: interfaces, a partition, and dyndep files that steps make. Needs GCC 14.

import { join } from "node:path";
import { describe, expect } from "vitest";
import { copySource } from "../file-tree.ts";
import { runWith, testProject } from "../project.ts";

describe("C++20 modules", () => {
  testProject({
    name: "temperature",
    attributes: `nativeBuildInputs = [ e2e.cmake e2e.ninja ];`,
    shared: ["nativeBuildInputs"],
    fetch: (directory) => copySource(join(import.meta.dirname, "modules"), directory),
    ownPath: [],
    edits: [
      {
        name: "comment",
        file: "units.cpp",
        search: "return degrees;",
        replace: "return degrees; // as it is",
        steps: 2,
        ninja: 5,
      },
      {
        name: "body",
        file: "report.cppm",
        search: "%.1f",
        replace: "%.2f",
        steps: 4,
        ninja: 6,
      },
      {
        name: "interface",
        file: "units-scale.cppm",
        search: "celsius, fahrenheit",
        replace: "celsius, fahrenheit, kelvin",
        steps: 6,
        ninja: 10,
      },
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "temperature > $out")).toBe(
        "100.0 degrees Celsius\n21.5 degrees Celsius\n",
      );
    },
  });
});
