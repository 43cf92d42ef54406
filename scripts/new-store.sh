#!/usr/bin/env bash
# Makes a store of its own at ROOT with the toolchain in it, in under a second: the
# files are hard links to those of the default store (copies on another disk), so
# tests can count builds and collect garbage without harm to it.
#
# usage: scripts/new-store.sh ROOT          (an absolute path)
# then:  UNRAVEL_NIX_ROOT=ROOT scripts/with-nix COMMAND ...
set -euo pipefail
scripts_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
root=${1:-}
if [[ $# -ne 1 || $root != /* ]]; then
  printf 'error: one absolute path is wanted [setup/usage]\n  hint: scripts/new-store.sh ROOT\n' >&2
  exit 2
fi
unset UNRAVEL_NIX_ROOT
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$scripts_dir/env.sh"
roots=$UNRAVEL_NIX_ROOT/nix/var/nix/gcroots/toolchain
if [[ ! -d $roots ]]; then
  printf 'error: there is no toolchain to share [setup/no-toolchain]\n  hint: run scripts/setup-toolchain.sh\n' >&2
  exit 3
fi
if [[ $root == "$UNRAVEL_NIX_ROOT" ]]; then
  printf 'error: "%s" is the default store [setup/usage]\n  hint: name another folder\n' "$root" >&2
  exit 2
fi

mapfile -t wanted < <(for link in "$roots"/*; do readlink "$link"; done | sort -u)
mapfile -t paths < <(nix-store -qR "${wanted[@]}")
mkdir -p "$root/nix/store" "$root/nix/var/nix/gcroots"
for path in "${paths[@]}"; do
  [[ ! -e $root$path ]] || continue
  cp -al "$UNRAVEL_NIX_ROOT$path" "$root$path.part" 2>/dev/null ||
    { rm -rf "$root$path.part" && cp -a "$UNRAVEL_NIX_ROOT$path" "$root$path.part"; }
  mv "$root$path.part" "$root$path"
done
nix-store --dump-db "${paths[@]}" | NIX_REMOTE="local?root=$root" nix-store --load-db
rm -rf "$root/nix/var/nix/gcroots/toolchain"
cp -a "$roots" "$root/nix/var/nix/gcroots/toolchain"
