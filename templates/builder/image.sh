# Joins layers into an OCI image layout (image-spec 1.0). Blobs of layers are links: nothing large is copied.
# Attributes: environment, recipe, layers (bottom-up), outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022

to=${outputs[out]}
blobs=$to/blobs/sha256
mkdir -p "$blobs"
type=$(<"$recipe/layer-type")

diffs=() descriptors=()
for layer in "${layers[@]}"; do
  digest=$(<"$layer/digest")
  diffs+=("\"sha256:$(<"$layer/diff-id")\"")
  descriptors+=("{\"mediaType\":\"$type\",\"digest\":\"sha256:$digest\",\"size\":$(<"$layer/size")}")
  ln -sfn "$layer/blob" "$blobs/$digest"
done

# Keeps a text as a blob and says what it is: descriptor TYPE FILE.
descriptor() {
  local sum size
  sum=$(sha256sum < "$2")
  sum=${sum%% *}
  size=$(stat --format=%s "$2")
  cp "$2" "$blobs/$sum"
  printf '"mediaType":"%s","digest":"sha256:%s","size":%s' "$1" "$sum" "$size"
}
joined() {
  local IFS=,
  printf '%s' "$*"
}

{
  cat "$recipe/config-before"
  joined "${diffs[@]}"
  cat "$recipe/config-after"
} > "$TMPDIR/config"
config=$(descriptor application/vnd.oci.image.config.v1+json "$TMPDIR/config")
manifest_type=application/vnd.oci.image.manifest.v1+json
printf '{"schemaVersion":2,"mediaType":"%s","config":{%s},"layers":[%s]}' \
  "$manifest_type" "$config" "$(joined "${descriptors[@]}")" > "$TMPDIR/manifest"
manifest=$(descriptor "$manifest_type" "$TMPDIR/manifest")
{
  cat "$recipe/index-before"
  printf '%s' "$manifest"
  cat "$recipe/index-after"
} > "$to/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' > "$to/oci-layout"
