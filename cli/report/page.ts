// A report as one HTML file: the page of templates/report with the build in it.

import { readPackageFile } from "../package-files.ts";
import { analyse } from "./analysis.ts";
import type { BuildRecord } from "./build-record.ts";

/** Nothing in it is fetched from anywhere. The same record gives the same bytes. */
export function reportPage(record: BuildRecord): string {
  const analysis = analyse(record);
  const parts = new Map([
    ["TITLE", escaped(`${record.name}: build`)],
    ["STYLE", text("report.css")],
    ["DATA", inScript(JSON.stringify({ ...record, analysis }))],
    ["SCRIPT", text("report.mjs")],
  ]);
  // Text by text: what is put in is not looked at again.
  return text("report.html")
    .split(/@(TITLE|STYLE|DATA|SCRIPT)@/)
    .map((piece, index) => (index % 2 === 0 ? piece : (parts.get(piece) ?? "")))
    .join("");
}

function text(file: string): string {
  return readPackageFile(`templates/report/${file}`).toString("utf8");
}

function escaped(name: string): string {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** No text of a build ends the element: JSON may have any character as an escape. */
function inScript(json: string): string {
  return json.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
