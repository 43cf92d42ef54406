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
# A script in bin would look for its parts where the package would have installed them.
found=
for folder in usr/bin usr/sbin bin sbin "usr/lib/$package"; do
  file=$fresh/tree/$folder/$program
  [[ -f $file ]] || continue
  found=$folder/$program
  [[ $(head -c 4 "$file" | tail -c 3) != ELF ]] || break
done
[[ -n $found ]] || fail setup/package "$package has no program \"$program\"" \
  "look at its list of files: apt-file list $package"
libraries=$(cd "$fresh/tree" && find . -name 'lib*.so*' ! -type d -printf '%P\n' | sed 's#/[^/]*$##' | LC_ALL=C sort -u)
{
  printf '#!/bin/sh\n# Starts the program with the libraries and the fonts that came with it.\n'
  # shellcheck disable=SC2016 # for the script that is written
  printf 'tree=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")/tree\n'
  printf 'libraries='
  # shellcheck disable=SC2086 # no name of a package has a blank
  [[ -z $libraries ]] || printf '$tree/%s:' $libraries
  printf '\n'
  # shellcheck disable=SC2016
  printf 'export XDG_DATA_HOME="$tree/usr/share"\n'
  # shellcheck disable=SC2016
  printf 'LD_LIBRARY_PATH=$libraries exec "$tree/%s" "$@"\n' "$found"
} >"$fresh/bin/$program"
chmod +x "$fresh/bin/$program"
rm -rf "$target"
mv "$fresh" "$target"
printf '%s\n' "$target"
