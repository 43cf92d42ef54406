#!/usr/bin/env bash
# Makes a private Nix >= 2.34 below .cache/nix, with a configuration for builds
# in the full sandbox and a store of its own. Uses the machine's Nix when that
# is new enough; otherwise Debian's nix-bin, unpacked (not installed) with the
# libraries it loads.
#
# usage: scripts/setup-nix.sh [DEBIAN-SUITE]        (default: forky)
# then:  . scripts/env.sh    or    scripts/with-nix COMMAND ...
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=private-apt.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/private-apt.sh"

suite=${1:-forky}
least_version=2.34
nix_dir=$cache_dir/nix
# Raise the number when what this script makes changes.
stamp="layout 1, suite $suite, at $nix_dir"

require_namespaces() {
  unshare --mount true 2>/dev/null || unshare --user --map-root-user --mount true 2>/dev/null ||
    fail setup/root "this user can make no mount namespace, which the build sandbox needs" \
      "run as root (in a container: with CAP_SYS_ADMIN), or allow unprivileged user namespaces"
}

# The folder of the machine's own nix when its version is high enough, else nothing.
machine_nix() {
  local nix version
  nix=$(command -v nix) || return 0
  [[ $nix != "$nix_dir"/* ]] || return 0
  version=$("$nix" --version 2>/dev/null | sed -n 's/.*[^0-9.]\([0-9][0-9.]*\).*/\1/p') || return 0
  if [[ $(printf '%s\n' "$least_version" "$version" | sort -V | head -n 1) == "$least_version" ]]; then
    dirname -- "$(readlink -f -- "$nix")"
  fi
}

# unpack PACKAGE...: unpacks the closure of the packages into $unpacked.
unpack() {
  local deb debs
  say "downloading $* and what they depend on ($suite)"
  apt_open "$suite"
  debs=$(apt_closure "$@")
  apt_download "$@"
  for deb in $debs; do
    dpkg-deb -x "$apt_archives/$deb" "$unpacked"
  done
}

# Copies the nix binary and the libraries it loads, and points both at the copy.
# libc and its loader stay as they are: they find each other through the rpath.
install_nix() {
  local triplet loader line library libraries=()
  triplet=$(basename -- "$(dirname -- "$(find "$unpacked/usr/lib" -name 'libc.so.6')")")
  loader=$(find "$unpacked/usr/lib" -name 'ld-linux*.so*' -not -path '*/audit/*' | sort | head -n 1)
  local search=$unpacked/usr/lib/$triplet
  patchelf() { "$loader" --library-path "$search" "$unpacked/usr/bin/patchelf" "$@"; }

  cp -a "$unpacked"/usr/bin/nix* "$fresh/bin/"
  cp -L "$loader" "$fresh/lib/${loader##*/}"
  while read -r line; do
    library=${line##* => }
    library=${library%% (*}
    [[ $library == "$unpacked"/* ]] || continue
    cp -L "$library" "$fresh/lib/"
    libraries+=("${library##*/}")
  done < <("$loader" --library-path "$search" --list "$unpacked/usr/bin/nix")
  for library in "${libraries[@]}"; do
    case $library in
      ld-linux* | libc.so* | libm.so* | libpthread.so* | libdl.so* | librt.so* | libresolv.so*) ;;
      *) patchelf --force-rpath --set-rpath "$nix_dir/lib" "$fresh/lib/$library" ;;
    esac
  done
  # DT_RPATH, not DT_RUNPATH: it also holds for what the libraries load.
  patchelf --set-interpreter "$nix_dir/lib/${loader##*/}" \
    --force-rpath --set-rpath "$nix_dir/lib" "$fresh/bin/nix"
}

write_configuration() {
  mkdir -p "$fresh"/{conf,conf-recursive-nix}
  cat >"$fresh/conf/nix.conf" <<EOF
experimental-features = nix-command flakes ca-derivations dynamic-derivations
build-users-group =
sandbox = true
sandbox-fallback = false
sandbox-paths = /bin/sh=$nix_dir/libexec/sh
substituters =
builders =
flake-registry =
require-sigs = false
warn-dirty = false
fsync-metadata = false
max-jobs = $(nproc)
cores = 1
EOF
  cat >"$fresh/conf-recursive-nix/nix.conf" <<EOF
include ../conf/nix.conf
extra-experimental-features = recursive-nix
EOF
}

[[ -f $nix_dir/stamp && $(<"$nix_dir/stamp") == "$stamp" && -x $nix_dir/bin/nix ]] && exit 0

require_commands apt-get dpkg-deb flock nproc unshare
require_namespaces
lock_cache
[[ -f $nix_dir/stamp && $(<"$nix_dir/stamp") == "$stamp" && -x $nix_dir/bin/nix ]] && exit 0

unpacked=$cache_dir/nix.unpacked
fresh=$cache_dir/nix.fresh
rm -rf "$unpacked" "$fresh"
mkdir -p "$unpacked" "$fresh"/{bin,lib,libexec}

own=$(machine_nix)
if [[ -n $own ]]; then
  say "using the Nix in $own"
  unpack bash-static
  for program in "$own"/nix*; do ln -s "$program" "$fresh/bin/"; done
else
  unpack nix-bin patchelf bash-static
  install_nix
fi
cp "$unpacked/usr/bin/bash-static" "$fresh/libexec/sh"
write_configuration
printf '%s\n' "$stamp" >"$fresh/stamp"
rm -rf "$nix_dir"
mv "$fresh" "$nix_dir"
rm -rf "$unpacked"
say "$("$nix_dir/bin/nix" --version) is ready: . scripts/env.sh"
