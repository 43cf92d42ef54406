# Runs one step of a plan inside its own derivation, with bash, coreutils and findutils. Every process it starts
# costs 1 to 3 ms, so bash itself reads files, splits words and cuts paths; `$(<file)` is a process, too.
#
# Everything foreign (commands, paths) lies in files of the recipe, one store object made with the derivation;
# nothing of it passes through an environment variable or an argument, which the kernel bounds at 128 KiB.
#   recipe/command         what `sh` runs
#   recipe/about           label, depfile, path of the response file, "all" when whatever else the command writes goes
#                          into the output "out", computed includes that the planner could not follow, the numbers of
#                          outputs and directories; per output its name, path, "optional", "interface" or ""; the
#                          directories that must exist; per input the path of its file, "" where it holds more than that. NUL-terminated
#   recipe/tree/           links to the sources, laid out as the command expects
#   recipe/together        store objects with sources that other steps read in the same company, NUL-terminated
#   recipe/links/          links that configure made to files that steps make, where there are any
#   recipe/response-file   where the step has one
#   recipe/then/0          command and about of a cheap command that runs afterwards, and so on: it reads what is made
# Attributes: shell, recipe, environment, root, directory, layout ("link" or "copy"), inputs, outputs; and
# interfaceScript where an output holds what a linker sees of a library.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091 # made by configure: what every command of the build runs with
. "$environment/environment.sh"
umask 022

# What a directory like the recipe says: of the step itself, then of each command that follows it.
readAbout() {
  mapfile -d '' -t about < "$1/about"
  label=${about[0]} depfile=${about[1]} response=${about[2]} keeps=${about[3]} unresolved=${about[4]}
  products=("${about[@]:7:3*about[5]}")
  directories=("${about[@]:7+3*about[5]:about[6]}")
  paths=("${about[@]:7+3*about[5]+about[6]}")
  mapfile -d '' -t command < "$1/command"
  command=${command[0]-}
  command=${command%$'\n'}
  # Where each output goes.
  places=()
  local i place path
  for ((i = 0; i < ${#products[@]}; i += 3)); do
    place=${outputs[${products[i]}]} path=${products[i + 1]}
    [[ $path != */* ]] || place+=/${path%/*}
    places+=("$place")
  done
}
complain() {
  printf 'unravel: %s: %s\n' "$label" "$1" >&2
  printf '  hint: %s\n' "$2" >&2
}

# The tree's, the outputs' and the depfile's, in one process.
readAbout "$recipe"
needed=("$root" "${directories[@]/#/$root/}")
for path in "$response" "$depfile"; do
  case $path in
    /*) needed+=("${path%/*}") ;;
    */*) needed+=("$root/$directory/${path%/*}") ;;
  esac
done
mkdir -p -- "${needed[@]}" "${places[@]}"
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

# Lays trees from the store over the tree, as many in one process as the kernel takes arguments.
layTrees() {
  local option=$1 mode=--no-preserve=mode
  shift
  # Without modes: a tree from the store is read-only, and the next one may add to the same directory.
  if (($# > 500)); then printf '%s/.\0' "$@" | xargs -0 cp -R "$option" "$mode" -t .
  elif (($#)); then cp -R "$option" "$mode" -t . -- "${@/%//.}"; fi
}
if [[ -e $recipe/together ]]; then
  mapfile -d '' -t together < "$recipe/together"
  # A file may be in two of them, and is the same in both.
  if [[ $layout == copy ]]; then as=-L; else as=-s; fi
  cp -R -f "$as" --no-preserve=mode -t . -- "${together[@]/%//.}"
fi
if ((${#inputs[@]})); then
  # A link that a step made is part of the tree: it stays relative, nothing links to it.
  files=() links=() whole=() programs=()
  for i in "${!inputs[@]}"; do
    from=${inputs[i]} path=${paths[i]}
    if [[ -z $path || -d $from/$path && ! -L $from/$path ]]; then whole+=("$from")
    elif [[ -L $from/$path || $layout == copy ]]; then links+=("$from")
    else files+=("$from"); fi
    [[ $layout != copy || -z $path || ! -f $from/$path || -L $from/$path || ! -x $from/$path ]] || programs+=("$path")
  done
  layTrees -s "${files[@]}"
  layTrees -P "${links[@]}"
  if ((${#whole[@]})); then
    if [[ $layout == copy ]]; then
      layTrees -P "${whole[@]}"
      printf '%s\0' "${whole[@]}" | xargs -0 sh -c 'find "$@" -type f -perm -0100 -printf "%P\0"' sh |
        xargs -0 -r chmod a+x --
    else
      layTrees -s "${whole[@]}"
      printf '%s\0' "${whole[@]}" | xargs -0 sh -c 'find "$@" -type l -printf "%p\0%P\0"' sh > "$TMPDIR/.links"
      while IFS= read -r -d '' from && IFS= read -r -d '' link; do
        cp -P -T --remove-destination -- "$from" "$link"
      done < "$TMPDIR/.links"
    fi
  fi
  ((${#programs[@]} == 0)) || printf '%s\0' "${programs[@]}" | xargs -0 chmod a+x --
fi

# Links of the build directory to libraries that steps made.
[[ ! -d $recipe/links ]] || cp -R -P --no-preserve=mode "$recipe/links/." .

# Everything that is laid out now is older than what the command writes, by the clock's coarsest tick.
if [[ -n $keeps ]]; then
  find . -exec touch -h -d @1 {} +
fi

cd "$root/$directory"
[[ -z $response ]] || cp --no-preserve=mode -- "$recipe/response-file" "$response"

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
  local part from=$root/$directory
  local -a parts=() kept=()
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
  local missing program place quoted outputs
  printf 'unravel: %s: the command failed with exit code %s\n  command: %.4000s\n' \
    "$label" "$status" "$command" >&2
  [[ -z $unresolved ]] || printf '  not known what this means: %s\n' "$unresolved" >&2
  findMissing
  if [[ -n $program ]]; then
    printf '  hint: there is no program "%s"; add its package to nativeBuildInputs\n' "$program" >&2
    return
  fi
  if [[ -z $missing ]]; then
    printf '  hint: files that the command reads without declaring them are not here; extraInputs grants them\n' >&2
    return
  fi
  placeInTree "$missing"
  nixString "${products[1]}"
  outputs=$quoted
  nixString "$place"
  printf '  missing: "%s", which the step does not declare\n' "$place" >&2
  printf '  hint: a file of the source: extraInputs = [ { outputs = %s; files = [ %s ]; } ];\n' "$outputs" "$quoted" >&2
  printf '  hint: a file that another step makes: name it as an output there and as an input here\n' >&2
}

# ninja runs `/bin/sh -c COMMAND` with no input, keeps what it says and shows that at its end. Called "sh", bash follows
# POSIX as /bin/sh does. A long command is a file: an argument has a limit.
runCommand() {
  local status=0 run=("$1/command")
  ((${#command} >= 32000)) || run=(-c "$command")
  (exec -a sh "$shell" "${run[@]}" < /dev/null > "$TMPDIR/.said" 2>&1) || status=$?
  [[ ! -s $TMPDIR/.said ]] || cat "$TMPDIR/.said" >&2
  if ((status)); then
    explainFailure
    exit 1
  fi
}
takeOutputs() {
  local i path
  for i in "${!places[@]}"; do
    path=${products[3 * i + 1]}
    if [[ ${products[3 * i + 2]} == interface ]]; then
      "$shell" "$interfaceScript" "$path" "${places[i]}/${path##*/}"
    elif [[ -e $path || -L $path ]]; then
      cp -R -P -- "$path" "${places[i]}/"
    elif [[ -z ${products[3 * i + 2]} ]]; then
      complain "the command succeeded but did not make \"$path\"" \
        "the graph declares this output; correct the rule, or the path it writes to"
      exit 1
    else
      rm -r -- "${outputs[${products[3 * i]}]}"
      mkdir -- "${outputs[${products[3 * i]}]}"
    fi
  done
}
runCommand "$recipe"

# No prediction goes unchecked: what the compiler says it read must be what was declared, or the toolchain. What is
# in the tree was declared, or the command could not have read it.
if [[ -n $depfile && -s $depfile ]]; then
  undeclared=() files=
  mapfile -t lines < "$depfile"
  set -f
  # shellcheck disable=SC2068 # words are what is wanted
  for word in ${lines[@]}; do
    case $word in
      *: | "$NIX_STORE"/* | \\) ;;
      /*)
        [[ $word == "$root"/* ]] || undeclared+=("$word")
        files+=,\"$word\"
        ;;
      *) files+=,\"$word\" ;;
    esac
  done
  set +f
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
takeOutputs
if [[ -n $keeps ]]; then
  declare -A declared=()
  for ((i = 1; i < ${#products[@]}; i += 3)); do declared[./${products[i]}]=1; done
  rest=()
  while IFS= read -r -d '' path; do
    [[ -n ${declared[$path]:-} ]] || rest+=("$path")
  done < <(find . ! -type d -newermt @1 -print0)
  ((${#rest[@]} == 0)) || printf '%s\0' "${rest[@]}" | xargs -0 cp -P --parents -t "${outputs[out]}" --
fi
for ((follower = 0; ; follower++)); do
  [[ -d $recipe/then/$follower ]] || break
  readAbout "$recipe/then/$follower"
  mkdir -p -- "${directories[@]/#/$root/}" "${places[@]}"
  cd "$root/$directory"
  runCommand "$recipe/then/$follower"
  cd "$root"
  takeOutputs
done
: > "${outputs[done]}"
