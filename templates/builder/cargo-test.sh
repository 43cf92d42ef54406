# Runs the tests of one unit inside their own derivation.
#
#   recipe/variables, defaults, label, directory, program   as for a build script; the program is the test
#   recipe/runner, flags                          what runs it, and its arguments
#   recipe/tree/                                  the whole package, below /build/source: tests read what they like
#   recipe/program-files, program-paths           programs of the package, and where CARGO_BIN_EXE_… says they are
#   recipe/scripts, own-script                    directories of build scripts, whether the first is the package's own
# Attributes: recipe, environment, test, programs, scripts, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022

label=$(<"$recipe/label")
mkdir -p /build/source /build/target/{build,tmp}
if [[ -d $recipe/tree ]]; then cp -R "$recipe/tree/." /build/source; fi
chmod -R u+w /build/source
mapfile -d '' -t variables < "$recipe/variables"
mapfile -d '' -t runner < "$recipe/runner"
mapfile -d '' -t flags < "$recipe/flags"
mapfile -d '' -t defaults < "$recipe/defaults"
for row in "${defaults[@]}"; do printenv -- "${row%%=*}" > /dev/null || variables+=("$row"); done
mapfile -d '' -t files < "$recipe/program-files"
mapfile -d '' -t paths < "$recipe/program-paths"
mapfile -d '' -t names < "$recipe/scripts"
made=''
for index in "${!files[@]}"; do ln -s -- "${programs[index]}/${files[index]}" "${paths[index]}"; done
for index in "${!scripts[@]}"; do
  mkdir -p -- "/build/target/build/${names[index]}"
  ln -s -- "${scripts[index]}/out" "/build/target/build/${names[index]}/out"
  # Libraries that scripts have made.
  while IFS= read -r -d '' _ && IFS= read -r -d '' path; do
    if [[ ${path#*=} == /build/target/* ]]; then made+=${path#*=}:; fi
  done < "${scripts[index]}/search"
done
# What the package's own sets for rustc is there at run time, too.
if [[ -s $recipe/own-script ]]; then mapfile -d '' -t -O "${#variables[@]}" variables < "${scripts[0]}/variables"; fi
# What macros are linked with lies beside the compiler.
LD_LIBRARY_PATH=$made$(rustc --print target-libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH HOME=${HOME:-/build}

program=${test[0]}/$(<"$recipe/program")
# The ending depends on the target.
for ending in .exe .wasm; do if [[ -f $program$ending ]]; then program+=$ending; fi; done
cd -- "$(<"$recipe/directory")"
status=0
env -- "${variables[@]}" "${runner[@]}" "$program" "${flags[@]}" < /dev/null || status=$?
if ((status)); then
  printf 'unravel: %s: tests failed with exit code %s\n' "$label" "$status" >&2
  printf '  hint: tests have no network and see their own package only; doCheck = false leaves them out\n' >&2
  exit 1
fi
mkdir "${outputs[out]}"
: > "${outputs[done]}"
