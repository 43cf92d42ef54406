# Stands for the output of a derivation that is itself emitted later.
# Attributes: environment, target, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
ln -s "$target" "${outputs[out]}"
