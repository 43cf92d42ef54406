# Lays the files that the steps made into one tree: what the package installs from.
# Attributes: environment, inputs, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022

to=${outputs[out]}
mkdir -p "$to"
# Nothing to join: xargs would be given the root of the file system.
((${#inputs[@]})) || exit 0
# Without modes: a tree from the store is read-only, and the next one may add to the same directory.
printf '%s/.\0' "${inputs[@]}" | xargs -0 cp -R -P --no-preserve=mode -t "$to"
cd "$to"
printf '%s\0' "${inputs[@]}" | xargs -0 sh -c 'find "$@" -type f -perm -0100 -printf "%P\0"' sh |
  xargs -0 -r chmod a+x --
