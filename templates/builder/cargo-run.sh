# Runs a package's build script inside its own derivation, and leaves what it says in files that the package's units
# read: so that nobody has to know it before.
#
#   recipe/variables       NAME=VALUE, as cargo sets them
#   recipe/defaults        NAME=VALUE, where the environment has no NAME
#   recipe/said            what cargo's configuration says in the place of the script, which is then not run
#   recipe/label           for messages
#   recipe/tree/           packages of the tree, below /build/source
#   recipe/places          where vendored packages are laid; the script's own comes first
#   recipe/directory       where the script runs: its package
#   recipe/out-directory   the directory of OUT_DIR below /build/target/build
#   recipe/program         file name of the script
#   recipe/scripts, links  per build script of a package with `links` that this one depends on: directory, DEP_ name
# Attributes: recipe, environment, crates, script, scripts, outputs.
#
# out/out                  OUT_DIR
# out/flags                --cfg and --check-cfg, for the package's own units
# out/variables            NAME=VALUE, for them
# out/search, libraries    -L for whoever links the package, -l
# out/link-arguments       kind of target, its name or nothing, argument
# out/metadata             NAME=VALUE, for build scripts of dependents
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022

label=$(<"$recipe/label")
complain() {
  printf 'unravel: %s: %s\n  hint: %s\n' "$label" "$1" "$2" >&2
  exit 1
}

mkdir -p /build/source /build/target/build
if [[ -d $recipe/tree ]]; then cp -R "$recipe/tree/." /build/source; fi
mapfile -d '' -t places < "$recipe/places"
for index in "${!places[@]}"; do
  mkdir -p -- "${places[index]%/*}"
  # A script may write into its own package; that is not kept.
  cp -R -- "${crates[index]}" "${places[index]}"
done
chmod -R u+w /build/source
if [[ -d /build/vendor ]]; then chmod -R u+w /build/vendor; fi

mapfile -d '' -t variables < "$recipe/variables"
mapfile -d '' -t defaults < "$recipe/defaults"
for row in "${defaults[@]}"; do printenv -- "${row%%=*}" > /dev/null || variables+=("$row"); done
mapfile -d '' -t names < "$recipe/scripts"
mapfile -d '' -t links < "$recipe/links"
for index in "${!scripts[@]}"; do
  mkdir -p -- "/build/target/build/${names[index]}"
  ln -s -- "${scripts[index]}/out" "/build/target/build/${names[index]}/out"
  while IFS= read -r -d '' row; do
    variables+=("DEP_${links[index]}_$row")
  done < "${scripts[index]}/metadata"
done
variables+=("RUSTC=$(command -v rustc)" "RUSTDOC=$(command -v rustdoc || echo rustdoc)")
variables+=("NUM_JOBS=${NIX_BUILD_CORES:-1}")

directory=$(<"$recipe/directory")
results=/build/target/build/$(<"$recipe/out-directory")/out
mkdir -p -- "$results" "$directory"
cd -- "$directory"
said=$NIX_BUILD_TOP/said
status=0
if [[ -f $recipe/said ]]; then
  said=$recipe/said
else
  # Through env: bash takes not every name.
  env -- "${variables[@]}" "${script[0]}/$(<"$recipe/program")" < /dev/null > "$said" || status=$?
fi
if ((status)); then
  cat -- "$said" >&2
  complain "the build script failed with exit code $status" \
    "it has no network, and writes to OUT_DIR only; libraries and tools come from buildInputs and nativeBuildInputs"
fi

to=${outputs[out]}
mkdir -p "$to"
: > "$to/flags"; : > "$to/variables"; : > "$to/search"; : > "$to/libraries"; : > "$to/link-arguments"; : > "$to/metadata"
say() { printf '%s\0' "${@:2}" >> "$to/$1"; }
failures=0
conditions=()

# One instruction; SYNTAX is ":" or "::". Unknown names are metadata in the older form.
instruction() {
  local name=$1 value=$2 syntax=$3 key word
  case $name in
    rustc-cfg) say flags --cfg "$value" ;;
    rustc-check-cfg) conditions+=(--check-cfg "$value") ;;
    rustc-env)
      # As cargo: what only nightly has is for the project to decide.
      if [[ $value == RUSTC_BOOTSTRAP=* && ! -v RUSTC_BOOTSTRAP ]]; then
        complain "said rustc-env=$value, which no crate may set for itself" \
          "let the crate do without nightly features, or patch its build script"
      fi
      say variables "$value"
      ;;
    rustc-link-search) say search -L "$value" ;;
    rustc-link-lib) say libraries -l "$value" ;;
    rustc-flags)
      read -r -a words <<< "$value"
      local index=0
      while ((index < ${#words[@]})); do
        word=${words[index]}
        case $word in
          -l | -L) key=$word; index=$((index + 1)); word=${words[index]:-} ;;
          -l* | -L*) key=${word:0:2}; word=${word:2} ;;
          *) complain "said rustc-flags=$value, where only -l and -L may stand" "correct the build script" ;;
        esac
        if [[ $key == -l ]]; then say libraries -l "$word"; else say search -L "$word"; fi
        index=$((index + 1))
      done
      ;;
    rustc-link-arg) say link-arguments all '' "$value" ;;
    rustc-link-arg-bins) say link-arguments bin '' "$value" ;;
    rustc-link-arg-bin) say link-arguments bin "${value%%=*}" "${value#*=}" ;;
    rustc-link-arg-tests) say link-arguments test '' "$value" ;;
    rustc-link-arg-benches) say link-arguments bench '' "$value" ;;
    rustc-link-arg-examples) say link-arguments example '' "$value" ;;
    rustc-link-arg-cdylib | rustc-cdylib-link-arg) say link-arguments cdylib '' "$value" ;;
    # Nix decides from the inputs.
    rerun-if-changed | rerun-if-env-changed) ;;
    warning) printf 'warning: %s: %s\n' "$label" "$value" >&2 ;;
    error)
      printf 'error: %s: %s\n' "$label" "$value" >&2
      failures=1
      ;;
    metadata) if [[ $syntax == :: ]]; then metadata "${value%%=*}" "${value#*=}"; else metadata metadata "$value"; fi ;;
    *)
      if [[ $syntax == : ]]; then
        metadata "$name" "$value"
      else
        complain "said cargo::$name, which cargo does not know either" "correct the build script"
      fi
      ;;
  esac
}
metadata() {
  local key=${1^^}
  say metadata "${key//-/_}=$2"
}

while IFS= read -r line || [[ -n $line ]]; do
  case $line in
    cargo::*=*) line=${line#cargo::}; instruction "${line%%=*}" "${line#*=}" :: ;;
    cargo:*=*) line=${line#cargo:}; instruction "${line%%=*}" "${line#*=}" : ;;
  esac
done < "$said"
((failures == 0)) || complain "the build script reported errors" "correct what it complains about"
# Cargo puts them behind all --cfg.
if ((${#conditions[@]})); then say flags "${conditions[@]}"; fi
mkdir "$to/out"
cp -R -- "$results/." "$to/out"
: > "${outputs[done]}"
