// A report in real Chromium: how long its page takes for a build of many steps, to open and for each thing that a
// person does with it. Leaves screenshots in .cache/reports. Fetches Debian's Chromium (220 MB) the first time.
// Run: node bench/run.mjs report [STEPS]

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyse } from "../cli/report/analysis.ts";
import { reportPage } from "../cli/report/page.ts";
import { syntheticBuild } from "../test/unit/report/synthetic-build.ts";

const size = Number(process.argv[2] ?? "3000");
const cache = process.env["UNRAVEL_CACHE"] ?? join(process.cwd(), ".cache");
const reports = join(cache, "reports");
const program = execFileSync("scripts/fetch-program.sh", ["chromium", "chromium"], {
  encoding: "utf8",
}).trim();
const directory = mkdtempSync(join(tmpdir(), "unravel-report-"));

/** Runs in the page: acts as a person would, and leaves the times in the title. */
const acting = `
const took = [];
const at = (id) => document.getElementById(id);
const act = (name, work) => {
  const began = performance.now();
  work();
  // Drawn and laid out now, not when the browser finds time.
  window.dispatchEvent(new Event("beforeprint"));
  document.body.getBoundingClientRect();
  took.push([name, performance.now() - began]);
};
const type = (text) => { at("search").value = text; at("search").dispatchEvent(new Event("input")); };
took.push(["read, tables and first drawing", performance.now() - began]);
act("search", () => type("unit2"));
const found = at("found").textContent;
act("clear the search", () => type(""));
act("scroll to the end", () => { at("rows").scrollTop = 1e9; at("rows").dispatchEvent(new Event("scroll")); });
act("sort by time", () => at("list").querySelectorAll("th")[4].click());
act("come closer", () => at("closer").click());
act("graph around the last step", () => at("critical").querySelector("tbody tr:last-child").click());
act("graph around a compile", () => at("slowest").querySelector("tbody tr").click());
at("whole").click();
window.scrollTo(0, 0);
const rows = document.querySelectorAll("#list tbody tr").length;
document.title = JSON.stringify({ took, found, rows, nodes: document.querySelectorAll("#graph .node").length });
`;

function chromium(...args: readonly string[]): string {
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
  ];
  return execFileSync(join(program, "bin/chromium"), [...flags, ...args], {
    encoding: "utf8",
    env: { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory, XDG_CACHE_HOME: directory },
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 28,
  });
}

try {
  mkdirSync(reports, { recursive: true });
  const record = syntheticBuild(size);
  const began = performance.now();
  const page = reportPage(record);
  const made = performance.now() - began;
  writeFileSync(join(directory, "report.html"), page);
  const acted = page
    .replace("<main>", () => "<script>const began = performance.now();</script><main>")
    .replace("</body>", () => `<script>${acting}</script></body>`);
  writeFileSync(join(directory, "acting.html"), acted);
  const url = (name: string): string => `file://${join(directory, name)}`;

  const dom = chromium("--dump-dom", url("acting.html"));
  const title = /<title>(.*?)<\/title>/.exec(dom)?.[1]?.replaceAll("&quot;", '"') ?? "";
  const result = JSON.parse(title) as {
    readonly took: readonly (readonly [string, number])[];
    readonly found: string;
    readonly rows: number;
    readonly nodes: number;
  };
  const expected = record.steps.filter((step) =>
    `${step.label} ${step.outputs.join(" ")} ${step.command}`.includes("unit2"),
  );
  if (result.found !== `${expected.length} of ${size}`) throw new Error(`the search found ${result.found}`);
  if (result.rows > 60 || result.nodes < 2) throw new Error(`${result.rows} rows, ${result.nodes} boxes`);
  if (analyse(record).criticalPath.length < 2) throw new Error("no critical path");
  process.stdout.write(
    `${size} steps: page of ${(page.length / 1e6).toFixed(2)} MB, made in ${made.toFixed(0)} ms\n`,
  );
  for (const [name, time] of result.took)
    process.stdout.write(`  ${name.padEnd(28)} ${time.toFixed(0).padStart(5)} ms\n`);

  const shots: readonly (readonly [string, readonly string[]])[] = [
    ["light", []],
    ["dark", ["--blink-settings=preferredColorScheme=0"]],
  ];
  for (const [name, flags] of shots) {
    const file = join(reports, `report-${size}-${name}.png`);
    chromium(
      `--screenshot=${file}`,
      "--window-size=1280,2300",
      "--timeout=4000",
      ...flags,
      url("acting.html"),
    );
    process.stdout.write(`  ${file}\n`);
  }
  const paper = join(reports, `report-${size}.pdf`);
  chromium(`--print-to-pdf=${paper}`, url("report.html"));
  process.stdout.write(`  ${paper}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
