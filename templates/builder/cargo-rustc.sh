# Runs rustc or rustdoc for one unit of cargo's graph inside its own derivation, with bash and coreutils.
#
# All that is foreign lies in files of the recipe, lists with a NUL after each item; nothing of it is in a variable of
# the derivation or in this script.
#   recipe/program                  rustc, or rustdoc for examples in documentation, which it runs
#   recipe/arguments, variables     what cargo would give it, and NAME=VALUE
#   recipe/defaults                 NAME=VALUE, where the environment has no NAME
#   recipe/label                    for messages
#   recipe/tree/                    sources of a package of the tree, below /build/source
#   recipe/place, directory         where a vendored package is laid, and where rustc runs
#   recipe/scripts                  per run of a build script, its directory below /build/target/build
#   recipe/own-script, links-libraries, kinds, name    which of their flags count
#   recipe/search                   "first": all -L before other flags, those of the build itself before others
# Attributes: recipe, environment, crates (the vendored package), libraries, scripts, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022
shopt -s nullglob dotglob

label=$(<"$recipe/label")
complain() {
  printf 'unravel: %s: %s\n  hint: %s\n' "$label" "$1" "$2" >&2
  exit 1
}

# Where everything lies is the same for everybody, so that no path in what rustc makes tells of this build.
mkdir -p /build/source /build/target/{build,deps,tmp}
if [[ -d $recipe/tree ]]; then cp -R --no-preserve=mode "$recipe/tree/." /build/source; fi
place=$(<"$recipe/place")
if [[ -n $place ]]; then
  mkdir -p -- "$place"
  ln -s -t "$place" -- "${crates[0]}"/*
fi
files=()
for library in "${libraries[@]}"; do files+=("$library"/lib*); done
if ((${#files[@]})); then ln -s -t /build/target/deps -- "${files[@]}"; fi

mapfile -d '' -t arguments < "$recipe/arguments"
mapfile -d '' -t variables < "$recipe/variables"
mapfile -d '' -t names < "$recipe/scripts"
mapfile -d '' -t defaults < "$recipe/defaults"
for row in "${defaults[@]}"; do printenv -- "${row%%=*}" > /dev/null || variables+=("$row"); done

name=$(<"$recipe/name")
mapfile -d '' -t kinds < "$recipe/kinds"
takes() { # whether link arguments for TARGET, NAME reach this unit
  case $1 in
    all) return 0 ;;
    bin | test | bench | example) [[ ${kinds[0]} == "$1" && ( -z $2 || $2 == "$name" ) ]] ;;
    cdylib) [[ " ${kinds[*]} " == *" cdylib "* ]] ;;
    *) return 1 ;;
  esac
}

# In cargo's order: of each script its paths, and if it is the package's own, libraries and link arguments.
own=()
linked=()
inside=()
outside=()
search=$(<"$recipe/search")
for index in "${!scripts[@]}"; do
  script=${scripts[index]}
  mkdir -p -- "/build/target/build/${names[index]}"
  ln -s -- "$script/out" "/build/target/build/${names[index]}/out"
  while IFS= read -r -d '' _ && IFS= read -r -d '' path; do
    case $search,${path#*=} in
      first,/build/target/*) inside+=(-L "$path") ;;
      first,*) outside+=(-L "$path") ;;
      *) linked+=(-L "$path") ;;
    esac
  done < "$script/search"
  isOwn=
  if ((index == 0)) && [[ -s $recipe/own-script ]]; then
    isOwn=1
    if [[ -s $recipe/links-libraries ]]; then mapfile -d '' -t -O "${#linked[@]}" linked < "$script/libraries"; fi
    mapfile -d '' -t own < "$script/flags"
    mapfile -d '' -t -O "${#variables[@]}" variables < "$script/variables"
  fi
  while IFS= read -r -d '' target && IFS= read -r -d '' only && IFS= read -r -d '' argument; do
    if [[ -n $isOwn || $target == cdylib ]] && takes "$target" "$only"; then
      linked+=(-C "link-arg=$argument")
    fi
  done < "$script/link-arguments"
done
linked=("${inside[@]}" "${outside[@]}" "${linked[@]}")
# Where libraries of the project's inputs lie at run time; a compiler wrapper that adds it leaves this empty.
for word in ${LDFLAGS:-}; do linked+=(-C "link-arg=$word"); done

directory=$(<"$recipe/directory")
mkdir -p -- "$directory"
cd -- "$directory"
out=${outputs[out]}
mkdir -p "$out"
status=0
if [[ $(<"$recipe/program") == rustdoc ]]; then
  # Libraries that scripts have made.
  made=''
  for path in "${inside[@]}"; do if [[ $path != -L ]]; then made+=${path#*=}:; fi; done
  LD_LIBRARY_PATH=$made${LD_LIBRARY_PATH:-} env -- "${variables[@]}" rustdoc "${arguments[@]}" "${linked[@]}" "${own[@]}" < /dev/null || status=$?
  if ((status)); then
    complain "examples in the documentation failed with exit code $status" \
      "they have no network and see their own package only; doctest = false of the library or doCheck = false leaves them out"
  fi
  : > "${outputs[done]}"
  exit
fi
# Through env: bash takes no names with a dash (CARGO_BIN_EXE_NAME).
env -- "${variables[@]}" rustc "${arguments[@]}" --remap-path-prefix "$NIX_BUILD_TOP=/build" --out-dir "$out" \
  "${linked[@]}" "${own[@]}" < /dev/null || status=$?
if ((status > 128)); then
  complain "rustc was killed by signal $((status - 128))" "signal 9 is the system's answer when memory is used up: build fewer units at once (max-jobs)"
elif ((status)); then
  complain "rustc failed with exit code $status" \
    "a file of the tree that rustc cannot find is named by a macro: extraSources grants it"
fi

# No prediction goes unchecked: what rustc says it read is of the tree, the vendored packages, or the store.
for file in "$out"/*.d; do
  while read -r -a words; do
    for word in "${words[@]}"; do
      case $word in
        "$out"/* | /build/* | "$NIX_STORE"/*) ;;
        /*) complain "read a file outside the tree and the store: ${word%:}" "copy it into the tree, or name a package in buildInputs" ;;
      esac
    done
  done < "$file"
  rm -- "$file"
done
: > "${outputs[done]}"
