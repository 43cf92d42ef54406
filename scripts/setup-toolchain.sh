#!/usr/bin/env bash
# Builds a C/C++ toolchain and the usual build systems into the private store, from
# Debian packages, so that steps run in the full sandbox with no path of the machine.
#
# usage: scripts/setup-toolchain.sh [--suite SUITE] [PACKAGE ...]
#   SUITE    a Debian suite; default: the machine's
#   PACKAGE  further Debian packages (zlib1g-dev, bison ...), a tree each; they add up
# makes: .cache/toolchain.nix, a set with stdenv, cmake, ninja, meson, python3, perl,
#        nodejs, npm (node with npm and headers), pkg-config, toolchain and packages."PACKAGE"; kept by GC roots
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=private-apt.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/private-apt.sh"

usage() {
  printf 'error: %s [setup/usage]\n  hint: scripts/setup-toolchain.sh [--suite SUITE] [PACKAGE ...]\n' "$1" >&2
  exit 2
}

suite=
extra=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --suite)
      [[ $# -gt 1 ]] || usage "--suite needs a value"
      suite=$2
      shift
      ;;
    -*) usage "unknown option \"$1\"" ;;
    *) extra+=("$1") ;;
  esac
  shift
done
suite=${suite:-$(machine_suite)}

work=$cache_dir/toolchain
made=$cache_dir/toolchain.nix
library=$project_dir/templates/lib

base_packages=(gcc g++ binutils libc6-dev linux-libc-dev make bash coreutils findutils diffutils
  grep sed gawk tar gzip bzip2 xz-utils patch patchelf file ninja-build pkg-config)
# Debian wants these for a running system or an old interface; no build tool loads them.
unwanted='base-files|debconf|debianutils|dpkg|emacsen-common|init-system-helpers|install-info|lsb-base|media-types|passwd|procps|libproc2-0|rpcsvc-proto|libnsl.*|libtirpc.*|libsasl2-modules-db|sysvinit-utils|usrmerge|ucf|sensible-utils|libpam.*|libaudit.*|libsemanage.*|libsepol2|readline-common|openssl-provider-legacy'
perl_packages='perl|perl-base|perl-modules-.*|libperl.*|libgdbm.*|libdb5.*|lib.*-perl'

# debs_of DROP PACKAGE...: the closure of the packages without those that DROP, an
# extended expression over package names, matches.
debs_of() {
  local drop=$1
  shift
  apt_closure "$@" | grep -vE "^($drop)_" || true
}

# debs_json DEB...: [ { name, file, sha256 } ] for files below apt_archives. A store
# path's name takes neither % nor ~.
debs_json() {
  local file name comma='' hash
  printf '['
  for file in "$@"; do
    name=${file//%3a/-}
    name=${name//[^0-9A-Za-z+._-]/-}
    hash=$(sha256sum <"$apt_archives/$file")
    printf '%s\n    {"name":"%s","file":"%s","sha256":"%s"}' "$comma" "$name" "$file" "${hash%% *}"
    comma=,
  done
  printf ']'
}

# without FILE-NAMES...: filters standard input.
without() { grep -vxF -- "$1" || true; }

write_manifest() {
  local name base core boot debs comma=''
  boot=$(apt_closure patchelf xz-utils | grep -E '^(libc6|libgcc-s1|liblzma5|libstdc\+\+6|patchelf|xz-utils)_')
  base=$(debs_of "$unwanted|libgssapi-krb5-2|libk5crypto3|libkrb5.*|libkeyutils1|libcom-err2|libssl3" "${base_packages[@]}")
  # What a further package takes from the toolchain. Not more: a library's links for
  # the linker must find the library in their own tree.
  core=$(apt_closure libc6-dev libstdc++6 bash coreutils | grep -xF -- "$base")
  printf '{ "system": "%s",\n  "bootstrap": ' "$(uname -m)-linux"
  # shellcheck disable=SC2086  # lists of file names without blanks
  debs_json $boot
  printf ',\n  "trees": {'
  for name in toolchain perl python3 meson cmake ninja pkg-config "${extra[@]}"; do
    case $name in
      toolchain) debs=$base ;;
      perl) debs=$(debs_of "$unwanted" perl | without "$base") ;;
      python3) debs=$(debs_of "$unwanted" "${python_packages[@]}" | without "$base") ;;
      meson) debs=$(apt_closure meson | grep '^meson_') ;;
      cmake) debs=$(debs_of "$unwanted|$perl_packages" cmake | without "$base") ;;
      ninja) debs=$(apt_closure ninja-build | grep '^ninja-build_') ;;
      pkg-config) debs=$(apt_closure pkg-config | grep -E '^(pkg-config|pkgconf|pkgconf-bin|libpkgconf3)_') ;;
      # They call the toolchain's linker; nothing of theirs is linked against.
      rustc*) debs=$(debs_of "$unwanted" "$name" | without "$base") ;;
      cargo*) debs=$(debs_of "$unwanted|rustc.*|libstd-rust.*|libllvm.*" "$name" | without "$base") ;;
      *) debs=$(debs_of "$unwanted|$perl_packages|libpython3.*|python3.*" "$name" | without "$core") ;;
    esac
    printf '%s\n  "%s": ' "$comma" "$name"
    # shellcheck disable=SC2086
    debs_json $debs
    comma=,
  done
  printf '}}\n'
}

# The machine's node and the libraries that the toolchain does not have.
gather_node() {
  local node line library
  rm -rf "$work/node"
  node=$(command -v node) || return 0
  mkdir -p "$work/node/bin" "$work/node/lib"
  cp -L "$node" "$work/node/bin/node"
  while read -r line; do
    library=${line##* => }
    library=${library%% (*}
    [[ $library == /* ]] || continue
    case ${library##*/} in
      ld-linux* | libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so* | libgcc_s.so* | libstdc++.so* | libatomic.so*) ;;
      *) mkdir -p "$work/node/lib/$(uname -m)-linux-gnu" && cp -L "$library" "$work/node/lib/$(uname -m)-linux-gnu/" ;;
    esac
  done < <(ldd "$node")
}

# The machine's npm, and what native addons are compiled with. OpenSSL's headers come for each architecture.
gather_npm() {
  local prefix modules
  rm -rf "$work/npm"
  prefix=$(dirname -- "$(dirname -- "$(readlink -f -- "$(command -v node || echo /none/none)")")")
  modules=$prefix/lib/node_modules
  [[ -d $work/node && -f $modules/npm/bin/npm-cli.js && -d $prefix/include/node ]] || return 0
  mkdir -p "$work/npm/lib/node_modules" "$work/npm/include" "$work/npm/bin"
  cp -R "$modules/npm" "$work/npm/lib/node_modules/"
  cp -R "$prefix/include/node" "$work/npm/include/"
  rm -rf "$work"/npm/lib/node_modules/npm/{docs,man}
  find "$work/npm/include/node/openssl/archs" -mindepth 1 -maxdepth 1 ! -name "linux*-$(uname -m)" -exec rm -rf {} + 2>/dev/null || true
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/npm/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$work/npm/bin/npx"
}

# The set that others import: plain store paths, so that importing it builds nothing.
write_set() {
  local name
  printf '# Made by scripts/setup-toolchain.sh. Store paths of the tools, and a stdenv for them.\n'
  printf 'let\n  tool = name: path: { inherit name; outPath = builtins.storePath path; };\nin\nrec {\n'
  printf '  system = "%s";\n  suite = "%s";\n' "$(uname -m)-linux" "$suite"
  for name in "${!built[@]}"; do
    printf '  packages."%s" = tool "%s" "%s";\n' "$name" "$name" "${built[$name]}"
  done | LC_ALL=C sort
  printf '  inherit (packages) toolchain perl python3 meson cmake ninja pkg-config%s;\n' \
    "${built[nodejs]:+ nodejs}${built[npm]:+ npm}"
  printf '  stdenv = import %s/stdenv.nix { inherit system toolchain; };\n' "$library"
  printf '  runCommand = name: env: text: stdenv.mkDerivation ({ inherit name; buildCommand = text; } // env);\n}\n'
}

# For `unravel build --toolchain`: the tools of a build directory that was configured with these trees.
write_host_set() {
  local name separator=
  printf '{ "shell": "%s/bin/bash", "path": [' "${built[toolchain]}"
  for name in toolchain cmake perl python3; do
    printf '%s"%s/bin"' "$separator" "${built[$name]}"
    separator=', '
  done
  printf '], "env": {} }\n'
}

share_with_asked_root() {
  [[ -z $asked_root || $asked_root == "$UNRAVEL_NIX_ROOT" ]] || "$scripts_dir/new-store.sh" "$asked_root"
}

"$scripts_dir/setup-nix.sh"
# Built in the default store; another one that is asked for gets links to it.
asked_root=${UNRAVEL_NIX_ROOT:-}
unset UNRAVEL_NIX_ROOT
# shellcheck source-path=SCRIPTDIR source=env.sh
. "$scripts_dir/env.sh"
lock_cache
mkdir -p "$work"
if [[ ! -e $work/packages || ${#extra[@]} -gt 0 ]]; then
  { cat "$work/packages" 2>/dev/null || true; printf '%s\n' "${extra[@]}"; } | sed '/^$/d' | LC_ALL=C sort -u >"$work/packages.new"
  mv "$work/packages.new" "$work/packages"
fi
mapfile -t extra <"$work/packages"
stamp=$(
  printf '%s\n' "$suite" "$UNRAVEL_NIX_ROOT" "$library" "${extra[@]}"
  cat "$scripts_dir/setup-toolchain.sh" "$library"/debian/*
)
stamp=$(sha256sum <<<"$stamp")
if [[ -f $work/stamp && $(<"$work/stamp") == "$stamp" && -f $made && -d $UNRAVEL_NIX_ROOT/nix/store ]]; then
  share_with_asked_root
  exit 0
fi

say "downloading the packages of $suite"
apt_open "$suite"
# Python 3.12 has no distutils any more.
python_packages=(python3 python3-setuptools)
if apt_has python3-distutils; then python_packages+=(python3-distutils); fi
apt_download "${base_packages[@]}" "${python_packages[@]}" cmake meson perl \
  patchelf bash-static busybox-static "${extra[@]}"
write_manifest >"$work/manifest.json"
gather_node
gather_npm
rm -rf "$work/bootstrap" "$work/unpacked"
mkdir -p "$work/bootstrap/bin" "$work/unpacked"
for name in bash-static busybox-static; do
  dpkg-deb -x "$apt_archives"/"$(apt_closure "$name" | grep "^${name}_")" "$work/unpacked"
done
# Debian 13 and later keep them below usr/.
cp "$(find "$work/unpacked" -type f -path "*bin/bash-static")" "$work/bootstrap/bin/bash"
cp "$(find "$work/unpacked" -type f -path "*bin/busybox")" "$work/bootstrap/bin/busybox"
rm -rf "$work/unpacked"

cat >"$work/trees.nix" <<EOF
import $library/debian {
  manifest = builtins.fromJSON (builtins.readFile $work/manifest.json);
  archives = $apt_archives;
  bootstrap = $work/bootstrap;
  node = $([[ -d $work/node ]] && printf '%s' "$work/node" || printf null);
  npm = $([[ -d $work/npm ]] && printf '%s' "$work/npm" || printf null);
}
EOF
say "building the trees (about 20 s the first time)"
names=(toolchain perl python3 meson cmake ninja pkg-config "${extra[@]}")
if [[ -d $work/node ]]; then names+=(nodejs); fi
if [[ -d $work/npm ]]; then names+=(npm); fi
attributes=()
for name in "${names[@]}"; do attributes+=(-A "$name"); done
if ! paths=$(nix-build --no-out-link "$work/trees.nix" "${attributes[@]}" 2>"$work/build.log"); then
  tail -n 30 "$work/build.log" >&2
  fail setup/toolchain "the toolchain could not be built" "the whole log is $work/build.log"
fi
mapfile -t paths <<<"$paths"
declare -A built=()
roots=$UNRAVEL_NIX_ROOT/nix/var/nix/gcroots/toolchain
rm -rf "$roots"
mkdir -p "$roots"
for index in "${!names[@]}"; do
  built[${names[$index]}]=${paths[$index]}
  ln -s "${paths[$index]}" "$roots/${names[$index]}"
done
write_set >"$made"
write_host_set >"$cache_dir/toolchain.json"
printf '%s\n' "$stamp" >"$work/stamp"
say "the toolchain of $suite is ready: $made"
share_with_asked_root
