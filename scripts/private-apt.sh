# shellcheck shell=bash
# Sourced by the setup scripts: messages, coded errors, and a private apt that
# downloads Debian packages of any suite without touching the machine's own
# package state.
#
# Read: UNRAVEL_CACHE (git-ignored folder), UNRAVEL_DEBIAN_MIRROR (optional
# mirror address; otherwise the one in the machine's apt sources).

scripts_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034  # for the scripts that source this file
project_dir=$(dirname -- "$scripts_dir")
cache_dir=${UNRAVEL_CACHE:-$project_dir/.cache}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# fail CODE MESSAGE HINT: the environment is wrong, which is exit code 3.
fail() {
  printf 'error: %s [%s]\n  hint: %s\n' "$2" "$1" "$3" >&2
  exit 3
}

# One setup at a time per cache: held until the calling script ends.
lock_cache() {
  # It becomes part of nix.conf and of Nix paths, which quote nothing.
  [[ $cache_dir =~ ^/[A-Za-z0-9/._+-]+$ ]] || fail setup/path "\"$cache_dir\" cannot be written in nix.conf" \
    "set UNRAVEL_CACHE to an absolute path of letters, digits and / . _ + -"
  mkdir -p "$cache_dir"
  exec 9>"$cache_dir/setup.lock"
  flock 9
}

require_commands() {
  local missing=() name
  for name in "$@"; do
    command -v "$name" >/dev/null || missing+=("$name")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  fail setup/command "this machine lacks ${missing[*]}" \
    "install it, or run on Debian or a derivative: packages come through apt"
}

machine_suite() {
  local suite=""
  # shellcheck disable=SC1091
  [[ -r /etc/os-release ]] && suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  [[ -n $suite ]] || fail setup/suite "/etc/os-release names no suite" \
    "pass the Debian suite as an argument"
  printf '%s\n' "$suite"
}

# The address of the machine's main archive: the first source of its own suite
# in the order apt lists them. Nothing is downloaded to learn it.
debian_mirror() {
  if [[ -n ${UNRAVEL_DEBIAN_MIRROR:-} ]]; then
    printf '%s\n' "${UNRAVEL_DEBIAN_MIRROR%/}"
    return
  fi
  local suite uris
  suite=$(machine_suite)
  uris=$(apt-get --print-uris update 2>/dev/null |
    sed -n "s#^'\([^']*\)/dists/$suite/InRelease' .*#\1#p")
  [[ -n $uris ]] || fail setup/mirror "apt on this machine has no source for suite \"$suite\"" \
    "add one to /etc/apt/sources.list.d, or set UNRAVEL_DEBIAN_MIRROR to a mirror's address"
  printf '%s\n' "${uris%%$'\n'*}"
}

# apt_open SUITE [DIR]: selects the private apt state of SUITE and refreshes its
# package lists when they are missing or a day old (a package that is gone from
# the mirror is a failed download). The lists carry sources too.
apt_open() {
  apt_suite=$1
  apt_dir=$cache_dir/apt/$1
  apt_archives=$apt_dir/cache/archives
  mkdir -p "$apt_dir"/{lists/partial,cache/archives/partial,preferences.d}
  : >"$apt_dir/status"
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(debian_mirror)
  {
    printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' "$mirror" "$apt_suite"
    if [[ -r $keyring ]]; then printf 'Signed-By: %s\n' "$keyring"; fi
  } >"$apt_dir/new.sources"
  if cmp -s "$apt_dir/new.sources" "$apt_dir/suite.sources" &&
    [[ -n $(find "$apt_dir/updated" -mtime -1 2>/dev/null) ]]; then
    return
  fi
  mv "$apt_dir/new.sources" "$apt_dir/suite.sources"
  rm -f "$apt_dir/updated"
  say "reading the package lists of $apt_suite"
  private_apt apt-get -qq update >"$apt_dir/update.log" 2>&1 || apt_failed "$apt_dir/update.log" \
    "the package lists of $apt_suite could not be read"
  # apt reports an unreachable mirror as a warning and succeeds.
  if grep -q '^[WE]: Failed to fetch\|^W: Some index files failed' "$apt_dir/update.log"; then
    apt_failed "$apt_dir/update.log" "the package lists of $apt_suite could not be read"
  fi
  touch "$apt_dir/updated"
}

# apt_failed LOG MESSAGE: ends the script with apt's own first complaints.
apt_failed() {
  grep '^[WE]: ' "$1" | head -n 3 | sed 's/^[WE]: /  apt: /' >&2 || true
  if grep -qE '^E: (Unable to (find|locate)|Package .* has no installation candidate)' "$1"; then
    fail setup/package "$2" "check the name: apt-cache search WORD lists what the suite has"
  fi
  fail setup/network "$2" \
    "check that the Debian mirror in the machine's apt sources answers (apt-get update), then run this again"
}

# private_apt TOOL ARGS...: an apt tool on the selected private state. Proxies
# and the like still come from the machine's configuration.
private_apt() {
  local tool=$1
  shift
  DEBIAN_FRONTEND=noninteractive LC_ALL=C "$tool" \
    -o Dir::Etc::sourcelist="$apt_dir/suite.sources" -o Dir::Etc::sourceparts=- \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$apt_dir/preferences.d" \
    -o Dir::State::status="$apt_dir/status" -o Dir::State::lists="$apt_dir/lists" \
    -o Dir::State::extended_states="$apt_dir/extended_states" \
    -o Dir::Cache="$apt_dir/cache" -o Dir::Cache::archives="$apt_archives" \
    -o Dir::Cache::pkgcache="$apt_dir/pkgcache.bin" -o Dir::Cache::srcpkgcache="$apt_dir/srcpkgcache.bin" \
    -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o APT::Install-Suggests=false \
    -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o Acquire::Retries=2 \
    -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

# apt_closure PACKAGE...: the .deb files of the dependency closure, sorted, below
# apt_archives once apt_download has fetched them.
apt_closure() {
  local log=$apt_dir/closure.log
  mkdir -p "$apt_dir/empty/partial"
  # An empty archive folder: apt prints the address of what it still lacks.
  private_apt apt-get -y --print-uris -o Dir::Cache::archives="$apt_dir/empty" install "$@" >"$log" 2>&1 ||
    apt_failed "$log" "suite $apt_suite cannot give $*"
  sed -n "s#^'[^']*' \([^ ]*\.deb\) .*#\1#p" "$log" | LC_ALL=C sort
}

# apt_has PACKAGE: whether the suite has a package of that name.
apt_has() { private_apt apt-cache pkgnames "$1" | grep -Fx -- "$1" >/dev/null; }

# apt_download PACKAGE...: puts the .deb files of the closure into apt_archives.
apt_download() {
  local log=$apt_dir/download.log
  private_apt apt-get -y -qq --download-only install "$@" >"$log" 2>&1 ||
    apt_failed "$log" "packages of $apt_suite could not be downloaded"
}
