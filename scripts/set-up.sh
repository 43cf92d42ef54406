# shellcheck shell=bash
# Sourced by ./demo and ./run-tests, from the project's folder: what a fresh machine needs, with progress, and the
# few functions with which both print.

heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# fail CODE MESSAGE HINT: the environment is wrong, which is exit code 3.
fail() {
  printf 'error: %s [%s]\n  hint: %s\n' "$2" "$1" "$3" >&2
  exit 3
}

# progress TEXT: one line that the next one overwrites; nothing when nobody looks.
progress() { [[ ! -t 1 ]] || printf '\r\033[K%s' "${1:+  $1}"; }

# Milliseconds; `elapsed FROM TO` prints seconds.
now() { printf '%s' $((${EPOCHREALTIME/[.,]/} / 1000)); }
elapsed() { printf '%d.%d' $((($2 - $1) / 1000)) $((($2 - $1) % 1000 / 100)); }

# task NAME COMMAND...: runs it and says how long it took; its own messages are shown indented.
task() {
  local name=$1 started
  shift
  started=$(now)
  progress "$name ..."
  "$@" 2>&1 | while IFS= read -r line; do progress '' && printf '    %s\n' "$line"; done
  progress ''
  printf '  %-26s %6s s\n' "$name" "$(elapsed "$started" "$(now)")"
}

require_node() {
  local version
  version=$(node --version 2>/dev/null) || fail setup/node "there is no Node.js on this machine" \
    "install Node.js 20 or newer with npm"
  version=${version#v}
  [[ ${version%%.*} -ge 20 ]] || fail setup/node "Node.js $version is too old" "install Node.js 20 or newer"
}

# The copy of the lock file tells what node_modules was made from: timestamps do not survive a checkout.
install_packages() {
  ! cmp -s package-lock.json node_modules/.unravel-lock.json || return 0
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.unravel-lock.json
}

set_up_packages() {
  require_node
  task "npm packages" install_packages
}

# set_up [DEBIAN-PACKAGE ...]: everything; each part takes no time when it is there.
set_up() {
  set_up_packages
  task "private Nix" scripts/setup-nix.sh
  task "toolchain in its store" scripts/setup-toolchain.sh "$@"
  task "bundle for builders" npm run --silent bundle
}

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi
