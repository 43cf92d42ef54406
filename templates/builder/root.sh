# Lays the files that the steps made into one tree: what the package installs from.
# Attributes: environment, inputs, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022

to=${outputs[out]}
mkdir -p "$to"
for tree in "${inputs[@]}"; do
  cp -R -P "$tree/." "$to"
  chmod -R u+w "$to"
done
