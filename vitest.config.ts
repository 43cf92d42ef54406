// Two projects: `unit` runs anywhere, in parallel; `e2e` needs the private Nix and runs one file at a time, because
// every file keeps all cores busy with builds of its own.

import { defineConfig, type ViteUserConfig } from "vitest/config";

const second = 1000;

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          setupFiles: ["test/seed.ts"],
          maxWorkers: 2,
          testTimeout: 30 * second,
          hookTimeout: 60 * second,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300 * second,
          hookTimeout: 600 * second,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

export default config;
