// A graph in Graphviz's language: files are boxes or plain, a step that joins several files is an ellipse.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import type { BuildGraph, FileId, Step } from "../graph/graph.ts";

/** Text in pieces of some hundred lines. */
export function* dotOf(graph: BuildGraph, steps: readonly Step[]): Generator<string, void, void> {
  const shown = new Set<FileId>();
  let text =
    'digraph unravel {\n  rankdir="LR"\n  node [fontsize=10, shape=box, height=0.25]\n  edge [fontsize=10]\n';
  const node = (file: FileId): void => {
    if (shown.has(file)) return;
    shown.add(file);
    const shape = graph.producerOf(file) === undefined ? ", style=filled, fillcolor=lightgrey" : "";
    text += `  f${file} [label=${label(graph.files[file] ?? asBytes(""))}${shape}]\n`;
  };
  for (const step of steps) {
    const id = `s${step.id}`;
    text += `  ${id} [label=${label(step.isPhony ? asBytes("alias") : step.rule)}, shape=ellipse]\n`;
    for (const file of [...step.inputs, ...step.after, ...step.outputs]) node(file);
    for (const file of step.inputs) text += `  f${file} -> ${id} [arrowhead=none]\n`;
    for (const file of step.after) text += `  f${file} -> ${id} [arrowhead=none, style=dotted]\n`;
    for (const file of step.outputs) text += `  ${id} -> f${file}\n`;
    if (text.length < 1 << 16) continue;
    yield text;
    text = "";
  }
  yield `${text}}\n`;
}

function label(text: Bytes): string {
  return `"${toText(text)
    .replace(/[\\"]/g, "\\$&")
    .replace(/[\x00-\x1f\x7f]/g, " ")}"`;
}
