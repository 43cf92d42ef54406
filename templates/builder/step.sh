# Runs one step of a plan inside its own derivation, with bash, coreutils and findutils. Every process it starts
# costs 1 to 3 ms, so bash itself splits words and cuts paths.
#
# Everything foreign (commands, paths) lies in files of the recipe, one store object made with the derivation;
# nothing of it passes through an environment variable or an argument, which the kernel bounds at 128 KiB.
#   recipe/command         what `sh` runs
#   recipe/label           for messages
#   recipe/tree/           links to the sources, laid out as the command expects
#   recipe/links/          links that configure made to files that steps make, where there are any
#   recipe/directories     directories that must exist, NUL-terminated
#   recipe/products        per output: name, path, "optional", "interface" or "", NUL-terminated each
#   recipe/response-file, recipe/response-path, recipe/depfile    where the step has one
#   recipe/keeps-all       there when whatever else the command writes goes into the output "out"
#   recipe/unresolved      computed includes that the planner could not follow, where there are any
# Attributes: shell, recipe, environment, root, directory, layout ("link" or "copy"), inputs, outputs; and
# interfaceScript where an output holds what a linker sees of a library.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091 # made by configure: what every command of the build runs with
. "$environment/environment.sh"
umask 022

label=$(<"$recipe/label")
complain() {
  printf 'unravel: %s: %s\n' "$label" "$1" >&2
  printf '  hint: %s\n' "$2" >&2
}

mapfile -d '' -t directories < "$recipe/directories"
mkdir -p -- "$root" "${directories[@]/#/$root/}"
cd "$root"

# Sources are links into the store. A tool that asks for a real path (an interpreter that looks for modules
# beside its script) or writes in place gets copies.
if [[ -d $recipe/tree ]]; then
  if [[ $layout == copy ]]; then
    cp -R -L "$recipe/tree/." .
    chmod -R u+w .
  else
    cp -R -P --no-preserve=mode "$recipe/tree/." .
  fi
fi
if ((${#inputs[@]})) && [[ $layout == copy ]]; then
  # Without modes: a tree from the store is read-only, and the next one may add to the same directory.
  printf '%s/.\0' "${inputs[@]}" | xargs -0 cp -R -P --no-preserve=mode -t .
  printf '%s\0' "${inputs[@]}" | xargs -0 sh -c 'find "$@" -type f -perm -0100 -printf "%P\0"' sh |
    xargs -0 -r chmod a+x --
elif ((${#inputs[@]})); then
  # As many links in one process as the kernel takes arguments.
  printf '%s/.\0' "${inputs[@]}" | xargs -0 cp -R -s --no-preserve=mode -t .
  # A link that a step made is part of the tree: it stays relative, nothing links to it.
  printf '%s\0' "${inputs[@]}" | xargs -0 sh -c 'find "$@" -type l -printf "%p\0%P\0"' sh > "$TMPDIR/.links"
  while IFS= read -r -d '' from && IFS= read -r -d '' link; do
    cp -P -T --remove-destination -- "$from" "$link"
  done < "$TMPDIR/.links"
fi

# Links of the build directory to libraries that steps made.
[[ ! -d $recipe/links ]] || cp -R -P --no-preserve=mode "$recipe/links/." .

# Everything that is laid out now is older than what the command writes, by the clock's coarsest tick.
if [[ -e $recipe/keeps-all ]]; then
  find . -exec touch -h -d @1 {} +
fi

cd "$root/$directory"
if [[ -e $recipe/response-path ]]; then
  path=$(<"$recipe/response-path")
  [[ $path != */* ]] || mkdir -p -- "${path%/*}"
  cp --no-preserve=mode -- "$recipe/response-file" "$path"
fi
depfile=
if [[ -e $recipe/depfile ]]; then
  depfile=$(<"$recipe/depfile")
  [[ $depfile != */* || -d ${depfile%/*} ]] || mkdir -p -- "${depfile%/*}"
fi

# Sets `missing` to the first file, `program` to the first program, that the command's own words say is not there.
findMissing() {
  local line one two pattern
  local -a files=(
    "error while loading shared libraries: ([^:]+): cannot open"
    "No such file or directory: b?['\"](.+)['\"]"
    "[Cc](an't|annot|ould not) open (file |perl script )?['\"]?([^'\":]+)"
    "['\"\`]([^'\"\`]+)['\"]: No such file or directory"
    "([^[:space:]:]+): No such file or directory"
    "Can't locate ([^ ]+) in @INC"
    "[Ff]ile \"?([^ \"]+)\"? does not exist"
    "(Not a file|Error processing file): (.+)"
  )
  missing= program= one="([^][:space:]:'\"]+): (command )?not found\$" two="No module named '?([A-Za-z0-9_.]+)"
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line =~ $one ]]; then program=${BASH_REMATCH[1]}; fi
    if [[ $line =~ $two ]]; then missing=${BASH_REMATCH[1]//.//}.py; fi
    for pattern in "${files[@]}"; do
      [[ -z $missing && $line =~ $pattern ]] || continue
      missing=${BASH_REMATCH[${#BASH_REMATCH[@]} - 1]}
    done
    [[ -z $missing$program ]] || return 0
  done < "$TMPDIR/.said"
}

# Sets `place` to a path as the tree has it: relative to the root where it is below it, `..` folded away.
placeInTree() {
  local part from=$root/$directory command
  local -a parts=() kept=()
  command=$(<"$recipe/command")
  # As CMake's custom commands begin.
  if [[ $command =~ ^cd\ ([^[:space:]\'\"]+)\ \&\& ]]; then from=${BASH_REMATCH[1]}; fi
  place=$1
  [[ $from == /* ]] || from=$root/$directory/$from
  [[ $place == /* ]] || place=$from/$place
  IFS=/ read -r -a parts <<< "$place"
  for part in "${parts[@]}"; do
    case $part in
      '' | .) ;;
      ..) [[ ${#kept[@]} -eq 0 ]] || unset "kept[-1]" ;;
      *) kept+=("$part") ;;
    esac
  done
  printf -v place '/%s' "${kept[@]}"
  place=${place#"$root"/}
}

# A string of the Nix language.
nixString() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf -v quoted '"%s"' "${text//\$\{/\\\$\{}"
}

explainFailure() {
  local missing program place quoted outputs first
  printf 'unravel: %s: the command failed with exit code %s\n  command: %.4000s\n' \
    "$label" "$status" "$(<"$recipe/command")" >&2
  if [[ -s $recipe/unresolved ]]; then
    printf '  not known what this means: %s\n' "$(<"$recipe/unresolved")" >&2
  fi
  findMissing
  if [[ -n $program ]]; then
    printf '  hint: there is no program "%s"; add its package to nativeBuildInputs\n' "$program" >&2
    return
  fi
  if [[ -z $missing ]]; then
    printf '  hint: files that the command reads without declaring them are not here; extraInputs grants them\n' >&2
    return
  fi
  mapfile -d '' -t -n 2 first < "$recipe/products"
  placeInTree "$missing"
  nixString "${first[1]}"
  outputs=$quoted
  nixString "$place"
  printf '  missing: "%s", which the step does not declare\n' "$place" >&2
  printf '  hint: a file of the source: extraInputs = [ { outputs = %s; files = [ %s ]; } ];\n' "$outputs" "$quoted" >&2
  printf '  hint: a file that another step makes: name it as an output there and as an input here\n' >&2
}

status=0
# ninja runs `/bin/sh -c COMMAND` with no input, keeps what it says and shows that at its end. A file instead of an
# argument has no length limit; called "sh", bash follows POSIX as /bin/sh does.
(exec -a sh "$shell" "$recipe/command" < /dev/null > "$TMPDIR/.said" 2>&1) || status=$?
[[ ! -s $TMPDIR/.said ]] || cat "$TMPDIR/.said" >&2
if ((status)); then
  explainFailure
  exit 1
fi

# No prediction goes unchecked: what the compiler says it read must be what was declared, or the toolchain. What is
# in the tree was declared, or the command could not have read it.
if [[ -n $depfile && -s $depfile ]]; then
  undeclared=() files=
  while read -r -a words || ((${#words[@]})); do
    for word in "${words[@]}"; do
      case $word in
        *: | "$NIX_STORE"/* | \\) ;;
        /*)
          [[ $word == "$root"/* ]] || undeclared+=("$word")
          files+=,\"$word\"
          ;;
        *) files+=,\"$word\" ;;
      esac
    done
    words=()
  done < "$depfile"
  if ((${#undeclared[@]})); then
    complain "read a file outside the tree and the store: ${undeclared[*]}" \
      "take it from a package in buildInputs, or copy it into the source tree"
    exit 1
  fi
  # What was read goes to whoever records the build, in an event that Nix shows to nobody (level 7); no name that
  # JSON would have to escape.
  if [[ -n ${NIX_LOG_FD:-} && -n $files && $files != *[!A-Za-z0-9,\"._/+@=:~%\#\(\)-]* ]]; then
    printf '@nix {"action":"start","id":1,"level":7,"type":101,"text":"unravel: read","fields":[%s]}\n' \
      "${files#,}" >&"$NIX_LOG_FD"
    printf '@nix {"action":"stop","id":1}\n' >&"$NIX_LOG_FD"
  fi
fi

cd "$root"
while IFS= read -r -d '' output && IFS= read -r -d '' path && IFS= read -r -d '' optional; do
  to=${outputs[$output]}
  if [[ -e $path || -L $path ]]; then
    [[ $path != */* ]] || to+=/${path%/*}
    mkdir -p -- "$to"
    if [[ $optional == interface ]]; then
      "$shell" "$interfaceScript" "$path" "$to/${path##*/}"
    else
      cp -R -P -- "$path" "$to/"
    fi
  elif [[ -n $optional ]]; then
    mkdir -p -- "$to"
  else
    complain "the command succeeded but did not make \"$path\"" \
      "the graph declares this output; correct the rule, or the path it writes to"
    exit 1
  fi
done < "$recipe/products"
if [[ -e $recipe/keeps-all ]]; then
  declare -A declared=()
  while IFS= read -r -d '' output && IFS= read -r -d '' path && IFS= read -r -d '' optional; do
    declared[./$path]=1
  done < "$recipe/products"
  rest=()
  while IFS= read -r -d '' path; do
    [[ -n ${declared[$path]:-} ]] || rest+=("$path")
  done < <(find . ! -type d -newermt @1 -print0)
  mkdir -p -- "${outputs[out]}"
  ((${#rest[@]} == 0)) || printf '%s\0' "${rest[@]}" | xargs -0 cp -P --parents -t "${outputs[out]}" --
fi
: > "${outputs[done]}"
