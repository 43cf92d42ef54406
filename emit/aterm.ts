// The text of a .drv file: an ATerm on one line, every list sorted as Nix sorts it, because the text is what is
// hashed. The reader is aterm-reader.ts.

import { asBytes, type Bytes, compareBytes } from "../graph/bytes.ts";
import type { Derivation, InputNode, Output } from "./derivation.ts";
import { printJson } from "./json.ts";
import { contentAddressedPath, methodAlgo, nixStoreDir, outputPathName, sortedSet } from "./store-path.ts";

/** The version that Nix 2.34 writes when an input is the output of an output. */
export const dynamicVersion: Bytes = asBytes("xp-dyn-drv");

/** The variable that holds structured attributes. */
export const structuredAttrsName: Bytes = asBytes("__json");

/** The canonical text: what Nix would write for the same derivation. */
export function printDerivation(derivation: Derivation, storeDir: Bytes = nixStoreDir): Bytes {
  return print(derivation, printInputs(derivation), false, storeDir);
}

/** How a derivation is written only to be hashed. */
export interface DerivationText {
  /** Own output paths are written as "". */
  readonly masked: boolean;
  /** Hash of an input derivation -> outputs wanted of it. */
  readonly inputs: ReadonlyMap<Bytes, readonly Bytes[]>;
  readonly storeDir: Bytes;
}

/** The text behind the hash modulo: input derivations are known by their hashes. */
export function printForHash(derivation: Derivation, form: DerivationText): Bytes {
  let inputs = "[";
  for (const hash of [...form.inputs.keys()].sort(compareBytes)) {
    inputs += `${separator(inputs)}("${hash}",${printRawList(form.inputs.get(hash) ?? [])})`;
  }
  return print(derivation, `${inputs}]`, form.masked, form.storeDir);
}

function print(derivation: Derivation, inputs: string, masked: boolean, storeDir: Bytes): Bytes {
  let text = isDynamic(derivation) ? `DrvWithVersion("${dynamicVersion}",[` : "Derive([";
  let isFirst = true;
  for (const name of sortedKeys(derivation.outputs)) {
    const output = derivation.outputs.get(name);
    if (output === undefined) continue;
    text += isFirst ? "" : ",";
    text += printOutput(derivation.name, name, output, masked, storeDir);
    isFirst = false;
  }
  text += `],${inputs},${printRawList(derivation.inputSrcs)},"${derivation.system}",${quote(derivation.builder)},[`;
  isFirst = true;
  for (const arg of derivation.args) {
    text += isFirst ? quote(arg) : `,${quote(arg)}`;
    isFirst = false;
  }
  return asBytes(`${text}],${printEnv(derivation, masked)})`);
}

function printOutput(drvName: Bytes, name: Bytes, output: Output, masked: boolean, storeDir: Bytes): string {
  switch (output.kind) {
    case "inputAddressed":
      return `("${name}","${masked ? "" : output.path}","","")`;
    case "deferred":
      return `("${name}","","","")`;
    case "fixed": {
      const path = masked
        ? ""
        : contentAddressedPath(outputPathName(drvName, name), output, [], false, storeDir);
      return `("${name}","${path}","${methodAlgo(output.method, output.algo)}","${output.hex}")`;
    }
    case "floating":
      return `("${name}","","${methodAlgo(output.method, output.algo)}","")`;
    case "impure":
      return `("${name}","","${methodAlgo(output.method, output.algo)}","impure")`;
  }
}

function printInputs(derivation: Derivation): string {
  let text = "[";
  for (const path of sortedKeys(derivation.inputDrvs)) {
    const node = derivation.inputDrvs.get(path);
    if (node !== undefined) text += `${separator(text)}("${path}",${printNode(node)})`;
  }
  return `${text}]`;
}

function printNode(node: InputNode): string {
  const outputs = printRawList(node.outputs);
  if (node.dynamic.size === 0) return outputs;
  let text = `(${outputs},[`;
  let isFirst = true;
  for (const name of sortedKeys(node.dynamic)) {
    const child = node.dynamic.get(name);
    if (child === undefined) continue;
    text += `${isFirst ? "" : ","}("${name}",${printNode(child)})`;
    isFirst = false;
  }
  return `${text}])`;
}

function printEnv(derivation: Derivation, masked: boolean): string {
  const { env, structuredAttrs, outputs } = derivation;
  const names = [...env.keys()];
  if (structuredAttrs !== undefined && !env.has(structuredAttrsName)) names.push(structuredAttrsName);
  let text = "[";
  for (const name of names.sort(compareBytes)) {
    let value = env.get(name) ?? "";
    if (structuredAttrs !== undefined && name === structuredAttrsName) value = printJson(structuredAttrs);
    if (masked && outputs.has(name)) value = "";
    text += `${separator(text)}(${quote(name)},${quote(value)})`;
  }
  return `${text}]`;
}

function isDynamic(derivation: Derivation): boolean {
  for (const node of derivation.inputDrvs.values()) if (node.dynamic.size > 0) return true;
  return false;
}

function sortedKeys(map: ReadonlyMap<Bytes, unknown>): readonly Bytes[] {
  const keys = [...map.keys()];
  return keys.length > 1 ? keys.sort(compareBytes) : keys;
}

/** Names and paths, which Nix never escapes. */
function printRawList(items: readonly Bytes[]): string {
  return items.length === 0 ? "[]" : `["${sortedSet(items).join('","')}"]`;
}

function separator(list: string): string {
  return list.length === 1 ? "" : ",";
}

/** Control bytes that JSON escapes and an ATerm does not. */
const onlyJsonEscapes = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;
const special = /["\\\n\r\t]/g;

/** Without other control bytes the two escapings agree, and the native one is five times as fast. */
function quote(text: string): string {
  return onlyJsonEscapes.test(text) ? `"${text.replace(special, escapeChar)}"` : JSON.stringify(text);
}

function escapeChar(char: string): string {
  return char === "\n" ? "\\n" : char === "\r" ? "\\r" : char === "\t" ? "\\t" : `\\${char}`;
}
