// Dyndep files: dependencies that only a build step can find (C++ modules, Fortran). Applying one follows ninja's
// `DyndepLoader`.

import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import type { FileId, Step } from "../../graph/graph.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { type DyndepEntry, parseDyndep } from "./dyndep-parser.ts";
import { type Fault, refuse } from "./error.ts";
import { type DyndepLayer, type Layers, Manifest, type NinjaManifest } from "./manifest.ts";
import type { FileContent } from "./parse.ts";
import { EDGE, type Scope } from "./store.ts";

/** The graph with every dyndep file that is there; what waits for the others stays as it is. */
export function applyReadableDyndeps(
  manifest: NinjaManifest,
  readFile: (path: Bytes) => FileContent,
): NinjaManifest {
  const files = new Set<FileId>();
  const { store } = manifest.layers;
  for (const step of manifest.steps) {
    const dyndep = store.field(step.id, EDGE.dyndep);
    if (dyndep !== -1) files.add(dyndep as FileId);
  }
  let result = manifest;
  for (const file of files) {
    const name = manifest.files[file];
    if (name !== undefined && readFile(name) !== undefined) result = applyDyndep(result, name, readFile);
  }
  return result;
}

/**
 * The graph with what the dyndep file `file` adds to the steps that wait for it.
 * @throws InputError when the file does not fit: a step it leaves out, one it should not name, a second producer
 */
export function applyDyndep(
  manifest: NinjaManifest,
  file: Bytes,
  readFile: (path: Bytes) => FileContent,
): NinjaManifest {
  const content = readFile(file);
  if (content === undefined || !(typeof content === "string" || content instanceof Uint8Array)) {
    const reason = content === undefined ? "No such file or directory" : content.reason;
    return refuse({
      code: "ninja/no-such-file",
      message: `cannot read "${toText(file)}": ${reason}`,
      ninja: `loading '${file}': ${reason}`,
      hint: "a dyndep file is the output of a step that must run first",
    });
  }
  return new DyndepLoader(manifest, file, parseDyndep(file, content, manifest)).load();
}

class DyndepLoader {
  private readonly manifest: NinjaManifest;
  private readonly file: Bytes;
  private readonly entries: Map<number, DyndepEntry>;
  private readonly dyndeps: Map<number, DyndepLayer>;
  private readonly moreFiles: Map<Bytes, FileId>;
  private readonly moreProducers: Map<number, number>;
  private readonly restatScopes: Set<Scope>;

  constructor(manifest: NinjaManifest, file: Bytes, entries: readonly DyndepEntry[]) {
    this.manifest = manifest;
    this.file = file;
    this.entries = new Map(entries.map((entry) => [entry.step.id, entry]));
    const { layers } = manifest;
    this.dyndeps = new Map(layers.dyndeps);
    this.moreFiles = new Map(layers.moreFiles);
    this.moreProducers = new Map(layers.moreProducers);
    this.restatScopes = new Set(layers.restatScopes);
  }

  load(): NinjaManifest {
    const { manifest, file } = this;
    const { store } = manifest.layers;
    const waiting = manifest.fileNamed(canonicalizePath(file));
    const used = new Set<number>();
    for (const step of manifest.steps) {
      if (waiting === undefined || store.field(step.id, EDGE.dyndep) !== waiting) continue;
      const entry = this.entries.get(step.id);
      if (entry === undefined) this.complainOfMissing(step);
      used.add(step.id);
      this.extend(step.id, entry);
    }
    for (const [id, entry] of this.entries) if (!used.has(id)) this.complainOfExtra(entry.step);
    const layers: Layers = {
      store,
      dyndeps: this.dyndeps,
      moreFiles: this.moreFiles,
      moreProducers: this.moreProducers,
      restatScopes: this.restatScopes,
    };
    return new Manifest(layers, manifest.warnings);
  }

  private extend(edge: number, entry: DyndepEntry): void {
    const { store } = this.manifest.layers;
    const outputs = entry.implicitOutputs.map((path) => this.fileOf(path));
    const inputs = entry.implicitInputs.map((path) => this.fileOf(path));
    for (const output of outputs) {
      if (this.moreProducers.has(output) || store.producerOf(output) !== -1)
        this.complainOfOutput(output, entry);
      this.moreProducers.set(output, edge);
    }
    const before = this.dyndeps.get(edge);
    if (entry.restat && !store.hasOwnScope(edge)) this.restatScopes.add(store.scopeOf(edge));
    this.dyndeps.set(edge, {
      outputs: [...(before?.outputs ?? []), ...outputs],
      inputs: [...(before?.inputs ?? []), ...inputs],
      restat: entry.restat || before?.restat === true,
    });
  }

  private fileOf(path: Bytes): FileId {
    const known = this.manifest.fileNamed(path) ?? this.moreFiles.get(path);
    if (known !== undefined) return known;
    const file = (this.manifest.layers.store.paths.fileCount + this.moreFiles.size) as FileId;
    this.moreFiles.set(path, file);
    return file;
  }

  private nameOf(file: FileId): Bytes {
    const known = this.manifest.files[file];
    if (known !== undefined) return known;
    for (const [path, id] of this.moreFiles) if (id === file) return path;
    return asBytes("");
  }

  private complainOfOutput(output: FileId, entry: DyndepEntry): never {
    const path = this.nameOf(output);
    return this.complain({
      code: "ninja/duplicate-output",
      message: `output "${toText(path)}" is made by two build statements`,
      ninja: `multiple rules generate ${path}`,
      at: entry.step.declaredAt,
      hint: `the dyndep file "${toText(this.file)}" gives it to this step as well`,
    });
  }

  private complainOfMissing(step: Step): never {
    const output = this.firstOutput(step);
    return this.complain({
      code: "ninja/dyndep-mismatch",
      message: `"${toText(output)}" is not mentioned in its dyndep file "${toText(this.file)}"`,
      ninja: `'${output}' not mentioned in its dyndep file '${this.file}'`,
      at: step.declaredAt,
      hint: "the tool that writes the dyndep file must list every step that waits for it",
    });
  }

  private complainOfExtra(step: Step): never {
    const output = this.firstOutput(step);
    return this.complain({
      code: "ninja/dyndep-mismatch",
      message: `dyndep file "${toText(this.file)}" mentions "${toText(output)}", which does not wait for it`,
      ninja: `dyndep file '${this.file}' mentions output '${output}' whose build statement does not have a dyndep binding for the file`,
      at: step.declaredAt,
      hint: `add the binding \`dyndep = ${toText(this.file)}\` to the build statement`,
    });
  }

  private firstOutput(step: Step): Bytes {
    const file = step.outputs[0];
    return file === undefined ? asBytes("") : this.nameOf(file);
  }

  private complain(fault: Fault): never {
    return refuse(fault);
  }
}
