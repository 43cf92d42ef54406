// The JSON texts of an OCI image (image-spec 1.0), cut where digests come in: those are known only when the layers are
// built, and the script that joins them (templates/builder/image.sh) has no JSON of its own to escape.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type JsonObject, type JsonValue, printJson } from "../json.ts";

export interface ImageSettings {
  /** "amd64", in Go's words, as OCI wants them. */
  readonly architecture: Bytes;
  /** What runs and how: `Cmd`, `Env` and so on, in OCI's words. */
  readonly config: JsonObject;
  /** RFC 3339. */
  readonly created: Bytes;
  /** `org.opencontainers.image.ref.name` of the image in its index. */
  readonly tag: Bytes;
  readonly compression: Compression;
}

/** What `history` says of a layer: tools that show images name layers by it. */
export type LayerTitle = Bytes;

export type Compression = "gzip" | "none";

/** A text with a gap. */
export interface Cut {
  readonly before: Bytes;
  readonly after: Bytes;
}

const gap = "\u0000";
const gapInJson = '"\\u0000"';

/** The image's configuration, without the list of `diff_ids`. */
export function configText(
  { architecture, config, created }: ImageSettings,
  titles: readonly LayerTitle[],
): Cut {
  const history = titles.map((title) => object({ created, created_by: title }));
  const rootfs = object({ diff_ids: [asBytes(gap)], type: asBytes("layers") });
  const text = printJson(object({ architecture, config, created, history, os: asBytes("linux"), rootfs }));
  // Keys are sorted, so what the user wrote comes before: the last one is ours.
  const at = text.lastIndexOf(gapInJson);
  return { before: asBytes(text.slice(0, at)), after: asBytes(text.slice(at + gapInJson.length)) };
}

/** The index, without the manifest's type, digest and size. */
export function indexText({ architecture, tag }: ImageSettings): Cut {
  const annotations = printJson(object({ "org.opencontainers.image.ref.name": tag }));
  const platform = printJson(object({ architecture, os: asBytes("linux") }));
  const type = "application/vnd.oci.image.index.v1+json";
  return {
    before: asBytes(`{"schemaVersion":2,"mediaType":"${type}","manifests":[{`),
    after: asBytes(`,"annotations":${annotations},"platform":${platform}}]}`),
  };
}

export function layerMediaType(compression: Compression): Bytes {
  return asBytes(`application/vnd.oci.image.layer.v1.tar${compression === "gzip" ? "+gzip" : ""}`);
}

function object(fields: Readonly<Record<string, JsonValue>>): JsonObject {
  return new Map(Object.entries(fields).map(([name, value]) => [asBytes(name), value]));
}
