# Packs one image layer: store paths, and links to them below /. The same paths give the same archive, byte for byte.
# Attributes: environment, paths, links, compression ("none" or "gzip"), outputs.
#   out/blob      the archive
#   out/digest    sha256 of blob, in hex
#   out/diff-id   sha256 of the archive before compression
#   out/size      of blob, in bytes
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022
shopt -s dotglob nullglob

to=${outputs[out]}
stage=$TMPDIR/stage
# A runtime makes missing parents as it likes; every layer says what they are.
mkdir -p "$to" "$stage$NIX_STORE"

# The first package that has a file shows it: later ones are laid first.
for ((i = ${#links[@]} - 1; i >= 0; i--)); do
  [[ -d ${links[i]} ]] || continue
  entries=("${links[i]}"/*)
  ((${#entries[@]})) || continue
  cp -R -s --no-preserve=mode --remove-destination -t "$stage" -- "${entries[@]}" || {
    printf 'unravel: "%s" cannot be laid beside the other contents of the image\n' "${links[i]}" >&2
    printf '  hint: one package has a directory where another has a file; take one of them out of contents\n' >&2
    exit 1
  }
done

{
  (cd "$stage" && find . -mindepth 1 -maxdepth 1 -printf '%P\0' | LC_ALL=C sort -z)
} > "$TMPDIR/staged"
((${#paths[@]} == 0)) || printf '%s\0' "${paths[@]#/}" > "$TMPDIR/paths"
[[ -e $TMPDIR/paths ]] || : > "$TMPDIR/paths"

# Hard links depend on what else is in a store: each file is stored by itself.
# shellcheck disable=SC2094
tar --create --file="$to/blob" --format=gnu --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner \
  --hard-dereference --null --verbatim-files-from \
  --directory="$stage" --files-from="$TMPDIR/staged" --directory=/ --files-from="$TMPDIR/paths"

digest() {
  local sum
  sum=$(sha256sum < "$1")
  printf '%s' "${sum%% *}"
}
digest "$to/blob" > "$to/diff-id"
if [[ $compression == gzip ]]; then
  gzip -n < "$to/blob" > "$TMPDIR/compressed"
  rm "$to/blob"
  cp "$TMPDIR/compressed" "$to/blob"
fi
digest "$to/blob" > "$to/digest"
stat --format=%s "$to/blob" | tr -d '\n' > "$to/size"
