#!/usr/bin/env bash
# Fetches a program of Debian to run on this machine, with the libraries that the machine may lack, and prints the
# folder in which `bin/PROGRAM` starts it. Nothing is installed.
#
# usage: scripts/fetch-program.sh [--suite SUITE] PACKAGE PROGRAM
# The folder is .cache/programs/PACKAGE: made once, remade when it is deleted.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=private-apt.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/private-apt.sh"

usage() {
  printf 'error: %s [setup/usage]\n  hint: scripts/fetch-program.sh [--suite SUITE] PACKAGE PROGRAM\n' "$1" >&2
  exit 2
}

suite=
if [[ ${1:-} == --suite && $# -gt 1 ]]; then
  suite=$2
  shift 2
fi
[[ $# -eq 2 ]] || usage "a package and a program are wanted"
package=$1 program=$2
[[ $package =~ ^[a-z0-9][a-z0-9.+-]+$ ]] || usage "\"$package\" is no name of a Debian package"
[[ $program =~ ^[A-Za-z0-9][A-Za-z0-9.+_-]*$ ]] || usage "\"$program\" is no name of a program"
suite=${suite:-$(machine_suite)}
target=$cache_dir/programs/$package
if [[ -x $target/bin/$program ]]; then
  printf '%s\n' "$target"
  exit 0
fi

require_commands apt-get dpkg-deb flock
lock_cache
apt_open "$suite"
say "downloading $package and what it depends on ($suite)"
archives=$(apt_closure "$package")
apt_download "$package"
fresh=$target.fresh
rm -rf "$fresh"
mkdir -p "$fresh/tree" "$fresh/bin"
while IFS= read -r archive; do
  # The machine's own C library and loader run it: two versions of those do not mix.
  case $archive in
    libc6_* | libc-bin_*) ;;
    *) dpkg-deb -x "$apt_archives/$archive" "$fresh/tree" ;;
  esac
done <<<"$archives"
found=$(find "$fresh/tree/usr/bin" "$fresh/tree/usr/sbin" -name "$program" -print -quit 2>/dev/null || true)
[[ -n $found ]] || fail setup/package "$package has no program \"$program\"" \
  "look at its list of files: apt-file list $package"
{
  printf '#!/bin/sh\n# Starts the program with the libraries that came with it.\n'
  # shellcheck disable=SC2016 # for the script that is written
  printf 'tree=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")/tree\n'
  # shellcheck disable=SC2016
  printf 'for folder in "$tree"/usr/lib/*-linux-gnu* "$tree"/lib/*-linux-gnu*; do libraries=$folder${libraries:+:$libraries}; done\n'
  # shellcheck disable=SC2016
  printf 'LD_LIBRARY_PATH=$libraries exec "$tree/%s" "$@"\n' "${found#"$fresh/tree/"}"
} >"$fresh/bin/$program"
chmod +x "$fresh/bin/$program"
rm -rf "$target"
mv "$fresh" "$target"
printf '%s\n' "$target"
