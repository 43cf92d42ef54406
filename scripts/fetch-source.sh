#!/usr/bin/env bash
# Fetches the source of a Debian package and prints the folder it is unpacked in.
#
# usage: scripts/fetch-source.sh [--patched] [--only PATH ...] [--suite SUITE] NAME
#   --patched  with Debian's own patches applied; without it, the upstream source
#   --only     of the upstream source nothing but this file or folder, and others given the same way
# The folder is .cache/sources/NAME (or NAME-patched): the same for each version, so
# scripts can name it; NAME.version beside it tells which one it is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=private-apt.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/private-apt.sh"

usage() {
  printf 'error: %s [setup/usage]\n  hint: scripts/fetch-source.sh [--patched] [--only PATH ...] [--suite SUITE] NAME\n' "$1" >&2
  exit 2
}

suite=
name=
patched=
only=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --patched) patched=-patched ;;
    --only)
      [[ ${2-} =~ ^[A-Za-z0-9_+-][A-Za-z0-9._+/-]*$ ]] || usage "--only needs a path in the source"
      only+=("$2")
      shift
      ;;
    --suite)
      [[ $# -gt 1 ]] || usage "--suite needs a value"
      suite=$2
      shift
      ;;
    -*) usage "unknown option \"$1\"" ;;
    *)
      [[ -z $name ]] || usage "more than one name"
      name=$1
      ;;
  esac
  shift
done
[[ $name =~ ^[a-z0-9][a-z0-9.+-]+$ ]] || usage "\"$name\" is no name of a Debian source package"
[[ -z $patched || ${#only[@]} -eq 0 ]] || usage "--patched needs the whole source: leave --only out"
suite=${suite:-$(machine_suite)}
target=$cache_dir/sources/$name$patched
# A part of the source is no answer to who asks for another.
part=${only[*]:+ ${only[*]}}
if [[ -d $target && -f $target.version && $(<"$target.version") =~ ^"$suite "[^\ ]+"$part"$ ]]; then
  printf '%s\n' "$target"
  exit 0
fi

require_commands apt-get flock tar
lock_cache
apt_open "$suite"
archives=$cache_dir/sources/archives/$suite
mkdir -p "$archives"
say "downloading the source of $name ($suite)"
(cd "$archives" && private_apt apt-get -qq source --download-only "$name") >"$apt_dir/source.log" 2>&1 ||
  apt_failed "$apt_dir/source.log" "suite $suite cannot give the source of $name"

# The description lists the files with their hashes; apt has checked them.
dsc=$(find "$archives" -name "${name}_*.dsc" -printf '%T@ %f\n' | sort -n | tail -n 1)
dsc=$archives/${dsc#* }
version=$(sed -n 's/^Version: //p' "$dsc")
files=$(sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ [0-9a-f]* [0-9]* //p' "$dsc")
fresh=$target.fresh
rm -rf "$fresh"
mkdir -p "$fresh"
for file in $files; do
  case $file in
    # Signatures of the archives below.
    *.asc | *.diff.gz) ;;
    *.orig.tar.*) tar -xf "$archives/$file" -C "$fresh" --strip-components=1 \
      --wildcards --no-wildcards-match-slash "${only[@]/#/*/}" ;;
    *.orig-*.tar.*)
      part=${file#*.orig-}
      mkdir -p "$fresh/${part%%.tar.*}"
      tar -xf "$archives/$file" -C "$fresh/${part%%.tar.*}" --strip-components=1
      ;;
    *.debian.tar.*) debian=$file ;;
    *.tar.*) tar -xf "$archives/$file" -C "$fresh" --strip-components=1 ;;
  esac
done
if [[ -n $patched ]]; then
  [[ -n ${debian:-} ]] || fail setup/source "the source of $name has no Debian patches in the quilt format" \
    "leave --patched out"
  rm -rf "$fresh.debian"
  mkdir "$fresh.debian"
  tar -xf "$archives/$debian" -C "$fresh.debian" --strip-components=1
  if [[ -f $fresh.debian/patches/series ]]; then
    require_commands patch
    while read -r file _; do
      [[ -n $file && $file != \#* ]] || continue
      patch -s -f -p1 -d "$fresh" <"$fresh.debian/patches/$file" >&2 ||
        fail setup/source "Debian's patch $file does not apply to $name" "report it: the archive and its patches disagree"
    done <"$fresh.debian/patches/series"
  fi
  rm -rf "$fresh.debian"
fi
rm -rf "$target"
mv "$fresh" "$target"
printf '%s %s%s\n' "$suite" "$version" "$part" >"$target.version"
say "$name $version"
printf '%s\n' "$target"
