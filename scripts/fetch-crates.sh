#!/usr/bin/env bash
# Fetches Rust crates as Debian packages them and prints the folder they are unpacked in: a directory source, as
# `cargo vendor` makes one. Their checksums are Debian's, and not those of the registry.
#
# usage: scripts/fetch-crates.sh [--suite SUITE] PACKAGE ...
#   PACKAGE  Debian packages such as librust-serde-dev; what they depend on comes along
# The folder is .cache/crates/SUITE; further packages add up.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=private-apt.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/private-apt.sh"

usage() {
  printf 'error: %s [setup/usage]\n  hint: scripts/fetch-crates.sh [--suite SUITE] PACKAGE ...\n' "$1" >&2
  exit 2
}

suite=
packages=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --suite)
      [[ $# -gt 1 ]] || usage "--suite needs a value"
      suite=$2
      shift
      ;;
    librust-*) packages+=("$1") ;;
    *) usage "\"$1\" is no name of a Debian package with a crate" ;;
  esac
  shift
done
[[ ${#packages[@]} -gt 0 ]] || usage "no package is named"
suite=${suite:-$(machine_suite)}
crates=$cache_dir/crates/$suite

require_commands apt-get flock dpkg-deb
lock_cache
mkdir -p "$crates.stamps"
stamp=$crates.stamps/$(printf '%s\n' "${packages[@]}" | LC_ALL=C sort -u | sha256sum | cut -c 1-32)
if [[ -f $stamp && -d $crates ]]; then
  printf '%s\n' "$crates"
  exit 0
fi
apt_open "$suite"
say "downloading crates of $suite"
# The crates alone: compilers and libraries come from elsewhere.
mapfile -t debs < <(apt_closure "${packages[@]}" | grep '^librust-')
mkdir -p "$apt_archives"
(cd "$apt_archives" && private_apt apt-get -qq download "${debs[@]/%_*/}") >"$apt_dir/download.log" 2>&1 ||
  apt_failed "$apt_dir/download.log" "crates of $suite could not be downloaded"
rm -rf "$crates.fresh"
mkdir -p "$crates.fresh" "$crates"
for deb in "${debs[@]}"; do dpkg-deb -x "$apt_archives/$deb" "$crates.fresh"; done
for folder in "$crates.fresh"/usr/share/cargo/registry/*/; do
  name=$(basename -- "$folder")
  rm -rf "${crates:?}/$name"
  mv "$folder" "$crates/$name"
done
rm -rf "$crates.fresh"
touch "$stamp"
say "$(find "$crates" -mindepth 1 -maxdepth 1 -type d | wc -l) crates"
printf '%s\n' "$crates"
