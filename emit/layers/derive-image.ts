// Image plan -> store objects: a derivation per layer, and the one that joins them. A layer's derivation says what is
// in it and nothing of the image, so images share layers, and a layer without a change is not made again.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type Derivation, type InputNode, inputOutputs } from "../derivation.ts";
import { sha256 } from "../hash.ts";
import type { JsonValue } from "../json.ts";
import { type NarNode, narOf } from "../nar.ts";
import { derivationObject, type NarObject } from "../object.ts";
import { type DerivedSet, derivationKey, type ObjectSet, rootName } from "../object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { findReferences, type KnownPaths } from "../references.ts";
import { sortedSet, sourcePath, storeObjectOf } from "../store-path.ts";
import { type Compression, configText, type ImageSettings, indexText, layerMediaType } from "./image.ts";
import type { ImageLayer, ImagePlan } from "./plan.ts";

/** Store paths that exist already. */
export interface ImageContext {
  /** Logical store directory. */
  readonly storeDir: Bytes;
  /** "x86_64-linux". */
  readonly system: Bytes;
  /** Full path of bash. */
  readonly shell: Bytes;
  /** The script that packs a layer (templates/builder/layer.sh). */
  readonly stepScript: Bytes;
  /** The script that joins layers (templates/builder/image.sh). */
  readonly rootScript: Bytes;
  /** Object with `environment.sh`: coreutils, findutils, tar and gzip on PATH. */
  readonly environment: Bytes;
  /** The builder's closure. */
  readonly known: KnownPaths;
}

/** Not the image's own name: the same layer in two images is the same derivation. */
const setName = asBytes("image");
const out = asBytes("out");
const recipeKey = asBytes(`${rootName}-recipe`);

export function imageObjectSet(plan: ImagePlan): ObjectSet {
  return {
    name: setName,
    isGated: false,
    units: [
      ...plan.map((layer) => ({
        name: unitName(layer),
        keys: [derivationKey(unitName(layer))],
        hasDone: false,
      })),
      { name: rootName, keys: [recipeKey, derivationKey(rootName)], hasDone: false },
    ],
  };
}

export function deriveImage(plan: ImagePlan, settings: ImageSettings, context: ImageContext): DerivedSet {
  const layers = plan.map((layer) => ({
    key: derivationKey(unitName(layer)),
    object: derivationObject(
      layerDerivation(layer, settings.compression, context),
      undefined,
      context.storeDir,
    ),
  }));
  const recipe = recipeObject(plan, settings, context);
  const root = derivationObject(
    imageDerivation(
      layers.map(({ object }) => object.path),
      recipe.path,
      context,
    ),
    undefined,
    context.storeDir,
  );
  return {
    objects: [...layers, { key: recipeKey, object: recipe }, { key: derivationKey(rootName), object: root }],
    root: root.path,
  };
}

function unitName(layer: ImageLayer): Bytes {
  return asBytes(`0-${layer.name}`);
}

function layerDerivation(layer: ImageLayer, compression: Compression, context: ImageContext): Derivation {
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("paths"), layer.paths],
    [asBytes("links"), layer.links],
    [asBytes("compression"), asBytes(compression)],
    // The archive holds what it needs; without this, Nix would find in it that it needs its contents.
    [asBytes("unsafeDiscardReferences"), new Map([[out, true]])],
  ]);
  const name = asBytes(`${setName}-${unitName(layer)}`);
  return scripted(name, context.stepScript, [...layer.paths, ...layer.links], new Map(), attributes, context);
}

function imageDerivation(layers: readonly Bytes[], recipe: Bytes, context: ImageContext): Derivation {
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("recipe"), recipe],
    [asBytes("layers"), layers.map((layer) => inputPlaceholder(layer, [out]))],
  ]);
  const inputs = new Map(layers.map((layer): [Bytes, InputNode] => [layer, inputOutputs(out)]));
  const name = asBytes(`${setName}-${rootName}`);
  return scripted(name, context.rootScript, [recipe], inputs, attributes, context);
}

function scripted(
  name: Bytes,
  script: Bytes,
  sources: readonly Bytes[],
  inputDrvs: ReadonlyMap<Bytes, InputNode>,
  attributes: ReadonlyMap<Bytes, JsonValue>,
  context: ImageContext,
): Derivation {
  const shell = storeObjectOf(context.shell, context.storeDir);
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs,
    inputSrcs: sortedSet([...sources, script, context.environment, shell]),
    system: context.system,
    builder: context.shell,
    args: [script],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      ...attributes,
      [asBytes("name"), name],
      [asBytes("environment"), context.environment],
    ]),
  };
}

/** The image's own texts, in files: no text of the user meets a shell. */
function recipeObject(plan: ImagePlan, settings: ImageSettings, context: ImageContext): NarObject {
  const config = configText(
    settings,
    plan.map(({ name }) => name),
  );
  const index = indexText(settings);
  const files = new Map<string, Bytes>([
    ["config-before", config.before],
    ["config-after", config.after],
    ["index-before", index.before],
    ["index-after", index.after],
    ["layer-type", layerMediaType(settings.compression)],
  ]);
  const node: NarNode = {
    kind: "directory",
    entries: new Map(
      [...files].map(([name, contents]): [Bytes, NarNode] => [
        asBytes(name),
        { kind: "file", executable: false, contents },
      ]),
    ),
  };
  const archive = narOf(node);
  const references = findReferences(archive, context.known);
  const name = asBytes(`${setName}-${recipeKey}`);
  const path = sourcePath(name, sha256(archive), references, false, context.storeDir);
  return { method: "nar", name, path, references, node };
}
