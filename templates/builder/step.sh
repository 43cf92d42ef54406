# Runs one step of a plan inside its own derivation. bash, coreutils and findutils are all it needs.
#
# Everything foreign (commands, paths) lies in files of the recipe, one store object made with the derivation;
# nothing of it passes through an environment variable or an argument, which the kernel bounds at 128 KiB.
#   recipe/command         what `sh` runs
#   recipe/label           for messages
#   recipe/tree/           links to the sources, laid out as the command expects
#   recipe/directories     directories that must exist, NUL-terminated
#   recipe/products        per output: name, path, "optional" or "", NUL-terminated each
#   recipe/response-file, recipe/response-path, recipe/depfile    where the step has one
# Attributes: shell, recipe, environment, root, directory, layout ("link" or "copy"), inputs, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091 # made by configure: what every command of the build runs with
. "$environment/environment.sh"
umask 022

label=$(<"$recipe/label")
complain() { printf 'unravel: %s: %s\n' "$label" "$1" >&2; }
hint() { printf '  hint: %s\n' "$1" >&2; }

mkdir -p "$root/$directory"
cd "$root"

# Sources are links into the store. A tool that asks for a real path (an interpreter that looks for modules
# beside its script) or writes in place gets copies.
if [[ $layout == copy ]]; then copy=(cp -R -L); else copy=(cp -R -P --no-preserve=mode); fi
if [[ -d $recipe/tree ]]; then
  "${copy[@]}" "$recipe/tree/." .
  [[ $layout != copy ]] || chmod -R u+w .
fi
if ((${#inputs[@]})); then
  trees=("${inputs[@]/%//.}")
  if [[ $layout == copy ]]; then
    # Each tree is read-only when it arrives: the next one may add to the same directory.
    for tree in "${trees[@]}"; do
      cp -R -P "$tree" .
      chmod -R u+w .
    done
  else
    printf '%s\0' "${trees[@]}" | xargs -0 cp -R -s --no-preserve=mode -t .
    # A link that a step made is part of the tree: keep it relative, do not link to it.
    printf '%s\0' "${inputs[@]}" | xargs -0 -I{} find {} -type l -printf '{}\0%P\0' > "$TMPDIR/.links"
    while IFS= read -r -d '' tree && IFS= read -r -d '' link; do
      cp -P --remove-destination "$tree/$link" "$link"
    done < "$TMPDIR/.links"
  fi
fi
[[ ! -s $recipe/directories ]] || xargs -0 mkdir -p -- < "$recipe/directories"

cd "$root/$directory"
if [[ -e $recipe/response-path ]]; then
  path=$(<"$recipe/response-path")
  mkdir -p -- "$(dirname -- "$path")"
  cat "$recipe/response-file" > "$path"
fi
depfile=
if [[ -e $recipe/depfile ]]; then
  depfile=$(<"$recipe/depfile")
  mkdir -p -- "$(dirname -- "$depfile")"
fi

status=0
# ninja runs `/bin/sh -c COMMAND` with no input. A file instead of an argument has no length limit; `exec -a`
# keeps bash in POSIX mode, as /bin/sh is.
(exec -a sh "$shell" "$recipe/command" < /dev/null) || status=$?
if ((status)); then
  complain "the command failed with exit code $status"
  printf '  command: ' >&2
  head -c 4000 "$recipe/command" >&2
  printf '\n' >&2
  hint "files that the command reads without declaring them are not here; extraInputs grants them"
  exit 1
fi

# No prediction goes unchecked: what the compiler says it read must be what was declared, or the toolchain.
if [[ -n $depfile && -s $depfile ]]; then
  undeclared=()
  while IFS= read -r word; do
    case $word in
      '' | *: | "$NIX_STORE"/* | "$root"/*) ;;
      /*) undeclared+=("$word") ;;
    esac
  done < <(sed -e 's/\\$//' -e 's/\([^\\]\)[[:space:]][[:space:]]*/\1\n/g' "$depfile")
  if ((${#undeclared[@]})); then
    complain "read a file outside the tree and the store: ${undeclared[*]}"
    hint "take it from a package in buildInputs, or copy it into the source tree"
    exit 1
  fi
fi

cd "$root"
while IFS= read -r -d '' output && IFS= read -r -d '' path && IFS= read -r -d '' optional; do
  to=${outputs[$output]}
  mkdir -p "$to"
  if [[ ! -e $path && ! -L $path ]]; then
    [[ -n $optional ]] && continue
    complain "the command succeeded but did not make \"$path\""
    hint "the graph declares this output; correct the rule, or the path it writes to"
    exit 1
  fi
  mkdir -p -- "$to/$(dirname -- "$path")"
  cp -R -P -- "$path" "$to/$path"
done < "$recipe/products"
: > "${outputs[done]}"
