// Prints "PASSED FAILED SKIPPED" of a report that vitest's JSON reporter wrote, and names what was skipped on
// standard error: nothing is left out in silence.

import { readFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, "utf8"));
const tests = report.testResults.flatMap((suite) => suite.assertionResults);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;

const skipped = tests.filter((test) => ["pending", "skipped", "todo", "disabled"].includes(test.status));
for (const test of skipped) process.stderr.write(`skipped: ${test.fullName}\n`);
const broken = report.testResults.filter(
  (suite) => suite.status === "failed" && suite.assertionResults.length === 0,
);
process.stdout.write(`${count("passed")} ${count("failed") + broken.length} ${skipped.length}\n`);
