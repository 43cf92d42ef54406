# Captures what a make would do, without compiling anything: writes a dump (docs/make.md) of every recipe line of it and of
# every make below it. Lines that only move text about are run, so that make finds what it looks at; compilers,
# linkers and all other programs are not: make is told that their targets are there.
#
#   bash make-capture.sh --output FILE [--root DIR] [--directory DIR] [--in-place] [--real] -- ARGUMENT...
#
# --root       the source tree; --directory unless given
# --directory  where make is run; here unless given
# --in-place   in the tree itself, and clean up afterwards; otherwise in a copy
# --new        a directory for copies of what making made, for a look at it
# --original   with --in-place: a directory that has the source as it was; what is newer than --since is kept aside
# --shell      runs recipe lines, /bin/sh unless given
# --profile    sourced by the recording shell before each line (docs/make.md)
# --skip       an extended regular expression: lines of this kind do nothing, and are left out behind a recipe's first
# --real       run every line; for programs whose output make itself looks at
# Needs GNU make 4.0 or newer, bash 4.4 or newer, awk, and GNU coreutils and findutils.
set -euo pipefail

fail() {
  printf 'unravel: %s\n  hint: %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

root='' directory=$PWD output='' inPlace='' original='' since='' new='' shell=/bin/sh profile='' skip='' mode=skim
while (($#)); do
  case $1 in
    --in-place) inPlace=1 ;;
    --real) mode=real ;;
    --root | --directory | --output | --new | --original | --since | --shell | --profile | --skip)
      (($# > 1)) || fail "$1 needs a value" "see the first lines of $0" 2
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    --)
      shift
      break
      ;;
    *) fail "unknown option \"$1\"" "arguments of make come after --" 2 ;;
  esac
  shift
done
[[ -n $output ]] || fail "--output is missing" "--output .unravel/make.dump" 2
here=$(dirname "${BASH_SOURCE[0]}")
recording=${unravelMakeShell:-$here/make-shell.sh}
directory=$(cd "$directory" && pwd -P)
root=$(cd "${root:-$directory}" && pwd -P)
[[ $directory/ == "$root"/* ]] || fail "\"$directory\" is not inside \"$root\"" "give a root that holds sources and build directory" 2
mkdir -p "$(dirname "$output")"
output=$(cd "$(dirname "$output")" && pwd -P)/$(basename "$output")
# Not through a pipe to `head`: make may die of it, which counts as a failure.
version=$(make --version 2> /dev/null) || version=
version=${version%%$'\n'*}
case $version in
  'GNU Make '[4-9]*) ;;
  *) fail "the make in PATH is not GNU make 4 or newer: \"$version\"" "put GNU make first in PATH" 3 ;;
esac

if [[ -n $inPlace ]]; then
  # Always the same place: paths of it can end up in what is captured.
  work=${TMPDIR:-/tmp}/unravel-make
  mkdir "$work" || fail "\"$work\" is there already" "another capture runs, or was stopped: remove it"
  tree=$root
else
  work=$(mktemp -d "${TMPDIR:-/tmp}/unravel-make.XXXXXX")
  mkdir "$work/copy"
  cp -a "$root/." "$work/copy"
  tree=$work/copy
fi
trap 'rm -rf "$work"' EXIT
log=$work/log
mkdir -p "$log/bin" "$log/makes" "$log/environments"
: > "$log/last"
for counter in make line shell environment; do echo 0 > "$log/$counter"; done

# ---- what make reads first -----------------------------------------------------------
recorder=$log/bin/sh
{
  printf '#!%s\n' "$(type -P bash)"
  cat "$recording"
} > "$recorder"
chmod +x "$recorder"
cat > "$log/capture.mk" <<MAKEFILE
override SHELL := $recorder
override .SHELLFLAGS = -L \$(MAKELEVEL).\$(MAKE_RESTARTS) -T '\$(subst ','"'"',\$@)' -M '\$(subst ','"'"',\$%)' \
-S '\$(subst ','"'"',\$*)' -P \$(patsubst %,'%',\$(subst ','"'"',\$+)) --unravel-order-only \
\$(patsubst %,'%',\$(subst ','"'"',\$|)) --unravel-command -c
.NOTPARALLEL:
MAKEFILE_LIST :=
MAKEFILE

unset MAKEFLAGS MFLAGS MAKELEVEL MAKE_RESTARTS MAKEFILES MAKE_TERMOUT MAKE_TERMERR
unset unravelLine unravelMakeShell
# The recording shell compares with this: how make found the environment.
while IFS= read -r name; do
  [[ $name != _ && $name != SHLVL && $name != PWD && $name != OLDPWD ]] || continue
  printf 'uBase[%s]=%q\n' "$name" "${!name}"
done < <(compgen -e | LC_ALL=C sort) > "$log/base"

escape() {
  escaped=${1//\\/\\\\}
  escaped=${escaped//$'\n'/\\n}
  escaped=${escaped//$'\r'/\\r}
}

# ---- run -----------------------------------------------------------------------------
names() { (cd "$tree" && find . -mindepth 1 -path ./.git -prune -o "$@" -printf '%P\0' | LC_ALL=C sort -z); }
names ! -type d > "$work/files"
names -type d > "$work/directories"
if [[ -n $inPlace ]]; then
  mkdir "$work/aside"
  if [[ -n $original && -n $since ]]; then newer=(-cnewer "$since"); else newer=(); fi
  (cd "$tree" && find . -path ./.git -prune -o \( -type f -o -type l \) "${newer[@]}" -printf '%P\0' |
    xargs -0 -r cp -a --parents -t "$work/aside" --)
fi
touch "$work/begun"
# The kernel's clock moves in steps of up to 10 ms.
sleep 0.02

status=0
(
  cd "$tree${directory#"$root"}"
  export MAKEFILES=$log/capture.mk unravelLog=$log unravelShell=$shell unravelMode=$mode unravelProfile=$profile
  export unravelSkip=$skip
  export unravelRecorder=$recorder
  exec make "$@"
) > "$work/output" 2>&1 < /dev/null || status=$?

# ---- the shell that a makefile wants ---------------------------------------------------
# Recorded instead of obeyed while capturing: the steps run lines with these options of `set`. A shell of single targets
# would keep their lines from the recorder.
cat > "$log/print.mk" <<'MAKEFILE'
$(info unravel-shell $(SHELL))
$(info unravel-flags $(.SHELLFLAGS))
$(error unravel)
MAKEFILE
modifiers='((override|export|private|unexport) +)*'
tab=$'\t'
assigns="^ *$modifiers([^#=$tab]*[^#=:$tab]: *$modifiers)?(SHELL|\\.SHELLFLAGS) *(\\?|\\+|!|:|::|:::)?=|^\\.POSIX *:"
usual='^[^:]*:[0-9]+: *(SHELL *[:?]*= *(/[^ ]*/)?(ba|da)?sh|\.SHELLFLAGS *[:?]*= *-c) *$'
refused='' refusedHint=''

# Arguments: where it stands, what is wrong, what to do. The first one counts.
refuse() {
  [[ -z $refused ]] || return 0
  refused="$1: $2" refusedHint=$3
}

# Sets `options`: what .SHELLFLAGS is for `set`. Fails for flags that are something else.
optionsOf() {
  local word letters hasCommand='' isName=''
  options=''
  for word in $1; do
    if [[ -n $isName ]]; then
      [[ $word =~ ^[a-z]+$ ]] || return 1
      options+=" $word" isName=''
      continue
    fi
    case $word in
      --norc | --noprofile | --) ;;
      [-+][a-zA-Z]*)
        letters=${word:1}
        [[ $word != -*c* ]] || hasCommand=1
        letters=${letters//c/}
        [[ $letters =~ ^[euxvfabEo]*$ ]] || return 1
        [[ $letters != *o ]] || isName=1
        [[ ${letters%o} != *o* ]] || return 1
        [[ -z $letters ]] || options+=" ${word:0:1}$letters"
        ;;
      *) return 1 ;;
    esac
  done
  [[ -n $hasCommand && -z $isName ]]
}

# Arguments: number of a make. Uses `words`, `environment` and `arguments` of it, and its rules.
wantedShell() {
  local place=${words[0]#"$tree"} line file='' word wanted flags options names found=() unusual=() shellAt='' flagsAt=''
  names=$(sed -n 's/^MAKEFILE_LIST := *//p' "$work/rules")
  # shellcheck disable=SC2086 # names as make has them
  mapfile -t found < <(cd "${words[0]}" && grep -nHE "$assigns" -- $names /dev/null 2> /dev/null)
  for line in "${found[@]}"; do [[ $line =~ $usual ]] || unusual+=("$line"); done
  found=("${unusual[@]}")
  for word in "${arguments[@]}"; do
    case $word in
      SHELL=* | .SHELLFLAGS=*) found+=("make ${word%%=*}: ${word#*=}") ;;
      -f* | --file* | --makefile* | -[a-zA-Z]*f) file=1 ;;
    esac
  done
  ((${#found[@]})) || return 0
  [[ -z $place ]] || place=${place#/}/
  for line in "${found[@]}"; do
    # FILE:LINE:TEXT
    if [[ $line =~ ^([^:]+:[0-9]+):\ *([^#=]*[^#=:]:)?\ *(override |export |private |unexport )*(SHELL|\.SHELLFLAGS) ]]; then
      [[ -z ${BASH_REMATCH[2]} ]] || refuse "$place${BASH_REMATCH[1]}" "${BASH_REMATCH[4]} is set for some targets alone" \
        "set it for the whole makefile, or start the other shell in the recipe"
      if [[ ${BASH_REMATCH[4]} == SHELL ]]; then shellAt=$place${BASH_REMATCH[1]}; else flagsAt=$place${BASH_REMATCH[1]}; fi
    elif [[ $line == make\ * ]]; then
      if [[ $line == 'make SHELL:'* ]]; then shellAt='argument of make'; else flagsAt='argument of make'; fi
    else
      line=${line#*:} && flagsAt=$place${found[0]%%:*}:${line%%:*}
    fi
  done
  if [[ -z $file ]]; then
    for file in GNUmakefile makefile Makefile; do [[ ! -e ${words[0]}/$file ]] || break; done
    file="-f$file"
  else
    file=
  fi
  (
    cd "${words[0]}"
    # shellcheck disable=SC2086 # none, or one without blanks
    exec env -i -u MAKE_RESTARTS "${environment[@]}" MAKEFILES= unravelMode=pass unravelShell="$shell" "${words[1]}" -n \
      "${arguments[@]}" $file -f "$log/print.mk"
  ) < /dev/null 2> /dev/null > "$work/shell" || true
  wanted=$(sed -n 's/^unravel-shell //p' "$work/shell")
  flags=$(sed -n 's/^unravel-flags //p' "$work/shell")
  wanted=${wanted#/usr/bin/env }
  case ${wanted##*/} in
    sh | bash | dash | ash) ;;
    *)
      refuse "${shellAt:-$flagsAt}" "recipes are for the shell \"$wanted\", and steps run them in sh" \
        "set SHELL to sh or bash, and start the other program in the recipe"
      return
      ;;
  esac
  if ! optionsOf "$flags"; then
    refuse "${flagsAt:-$shellAt}" ".SHELLFLAGS is \"$flags\", which is more than options of \`set\` and -c" \
      "steps know -e, -u, -x, -v, -f, -a, -b, -E and -o NAME: .SHELLFLAGS := -eu -o pipefail -c"
  elif [[ -n $options ]]; then
    printf 'settings\n\tmake %s\n\tset%s\n' "$1" "$options" >> "$log/makes/$1.rules"
  fi
}

# ---- ask each make for its rules: those without a recipe never reach the shell ---------
for command in "$log"/makes/*.command; do
  [[ -e $command ]] || continue
  number=${command##*/}
  number=${number%.command}
  mapfile -d '' -t words < "$command"
  mapfile -d '' -t environment < "$log/makes/$number.environment"
  arguments=()
  skip=
  for word in "${words[@]:2}"; do
    if [[ -n $skip ]]; then
      skip=
      continue
    fi
    case $word in
      -C | --directory) skip=1 ;;
      -C* | --directory=*) ;;
      *) arguments+=("$word") ;;
    esac
  done
  (
    cd "${words[0]}"
    exec env -i -u MAKE_RESTARTS "${environment[@]}" unravelMode=rules "${words[1]}" -pqk "${arguments[@]}"
  ) < /dev/null 2> /dev/null > "$work/rules" || true
  LC_ALL=C awk -v number="$number" '
    function flush(  i, text) {
      if (name != "" && !isSource && (isPhony || also != "" || (!hasRecipe && (before != "" || after != "" || isMissing)) || ignores)) {
        text = "rule\n\tmake " number "\n\ttarget " name "\n"
        if (isPhony) text = text "\tphony\n"
        if (isMissing && !hasRecipe) text = text "\tmissing\n"
        if (isDouble) text = text "\tdouble-colon\n"
        text = text before after also
        if (ignores) text = text recipe
        printf "%s", text
      }
      name = before = after = also = recipe = ""
      isSource = isPhony = hasRecipe = ignores = isDouble = isMissing = 0
    }
    # Awks differ in what a backslash in a replacement is.
    function escaped(text,  at, done) {
      while ((at = index(text, "\\")) > 0) { done = done substr(text, 1, at) "\\"; text = substr(text, at + 1) }
      return done text
    }
    function listed(field, words,  i, n, parts, text) {
      n = split(words, parts, " ")
      for (i = 1; i <= n; i++) text = text "\t" field " " escaped(parts[i]) "\n"
      return text
    }
    /^# Files$/ { inFiles = 1; next }
    /^# files hash-table stats:/ { flush(); inFiles = 0 }
    !inFiles { next }
    /^$/ { flush(); next }
    /^# Not a target:/ { isSource = 1; next }
    /^#  Phony target/ { isPhony = 1; next }
    /^#  Also makes:/ { also = listed("also", substr($0, 16)); next }
    /^#  File does not exist/ { isMissing = 1; next }
    /^#  recipe to execute/ { hasRecipe = 1; next }
    /^#/ { next }
    /^\t/ {
      hasRecipe = 1
      if ($0 ~ /^\t[@+ \t]*-/) ignores = 1
      recipe = recipe "\trecipe " escaped(substr($0, 2)) "\n"
      next
    }
    name == "" && /:/ {
      at = match($0, /::?( |$)/)
      if (at == 0) next
      name = escaped(substr($0, 1, at - 1))
      isDouble = substr($0, at, 2) == "::"
      if (name ~ /^\.[A-Z_]+$/) { isSource = 1; next }
      rest = substr($0, at + RLENGTH)
      bar = match(rest, /(^|[ ])\|( |$)/)
      if (bar == 0) before = listed("prerequisite", rest)
      else {
        before = listed("prerequisite", substr(rest, 1, bar - 1))
        after = listed("order-only", substr(rest, bar + RLENGTH))
      }
    }
    END { flush() }
  ' "$work/rules" > "$log/makes/$number.rules"
  wantedShell "$number"
done

if [[ ! -e $log/makes/1.rules ]]; then
  # No line arrived.
  words=("$tree${directory#"$root"}" make "$@") arguments=("$@") environment=("PATH=$PATH")
  for file in GNUmakefile makefile Makefile; do [[ ! -e ${words[0]}/$file ]] || break; done
  echo "MAKEFILE_LIST := $file" > "$work/rules"
  wantedShell 1
fi

# ---- what is new in the tree -----------------------------------------------------------
names ! -type d > "$work/files.after"
names -type d > "$work/directories.after"
(cd "$tree" && find . -path ./.git -prune -o ! -type d -cnewer "$work/begun" -printf '%P\0' | LC_ALL=C sort -z) > "$work/changed"
{
  # Paths as they lie in the tree, without `.` and `..`.
  { cat "$log/targets" "$log/faked" 2> /dev/null || true; } | LC_ALL=C sort -u | while IFS= read -r line; do
    printf -v line '%s' "${line//\\n/$'\n'}"
    printf '%s\0' "${line//\\\\/\\}"
  done | xargs -0 -r realpath -zsm --relative-base="$tree" --
} | LC_ALL=C sort -zu > "$work/made"
LC_ALL=C comm -z -13 "$work/files" "$work/files.after" | LC_ALL=C comm -z -23 - "$work/made" > "$work/kept"
LC_ALL=C comm -z -13 "$work/directories" "$work/directories.after" > "$work/directories.new"

if [[ -n $new ]]; then
  mkdir -p "$new"
  (cd "$tree" && LC_ALL=C comm -z -13 "$work/files" "$work/files.after" | xargs -0 -r cp -P --parents -t "$new" --)
fi

records() {
  local path
  while IFS= read -r -d '' path; do
    escape "$path"
    printf '%s %s\n' "$1" "$escaped"
  done
}
{
  printf 'unravel make dump 1\ncapture\n'
  escape "$version" && printf '\tversion %s\n' "$escaped"
  escape "$tree" && printf '\troot %s\n' "$escaped"
  escape "$tree${directory#"$root"}" && printf '\tdirectory %s\n' "$escaped"
  escape "$shell" && printf '\tshell %s\n' "$escaped"
  printf '\tmode %s\n' "$mode"
  for word in "$@"; do escape "$word" && printf '\targument %s\n' "$escaped"; done
  [[ ! -e $log/log ]] || cat "$log/log"
  read -r makes < "$log/make"
  for ((number = 1; number <= makes; number++)); do cat "$log/makes/$number.rules"; done
  records file < "$work/kept"
  records directory < "$work/directories.new"
  printf 'end\n\tstatus %s\n' "$status"
} > "$work/dump"

if [[ -n $inPlace ]]; then
  cd "$tree"
  # Directories stay: makefiles make some while they are read.
  LC_ALL=C comm -z -13 "$work/files" "$work/files.after" | LC_ALL=C comm -z -23 - "$work/kept" | xargs -0 -r rm -f --
  LC_ALL=C comm -z -12 "$work/files" "$work/changed" > "$work/restore"
  LC_ALL=C comm -z -23 "$work/files" "$work/files.after" >> "$work/restore"
  while IFS= read -r -d '' path; do
    from=$work/aside/$path
    if [[ ! -e $from && ! -L $from ]]; then from=$original/$path; fi
    if [[ -e $from || -L $from ]]; then cp -a --remove-destination "$from" "$path"; chmod u+w "$path" 2> /dev/null || true; fi
  done < "$work/restore"
  mv "$work/dump" "$output"
else
  # What parsing alone makes: make would have made it here, too.
  while IFS= read -r -d '' path; do
    [[ -e $root/$path || -L $root/$path ]] || (cd "$tree" && cp -a --parents -t "$root" -- "$path")
  done < "$work/kept"
  escape "$root"
  to=$escaped LC_ALL=C awk -v from="$tree" 'BEGIN { to = ENVIRON["to"] } {
    rest = $0; line = ""
    while ((at = index(rest, from)) > 0) { line = line substr(rest, 1, at - 1) to; rest = substr(rest, at + length(from)) }
    print line rest
  }' "$work/dump" > "$output"
fi

if [[ -n $refused ]]; then
  rm -f "$output"
  fail "$refused [make/shell]" "$refusedHint"
fi
if ((status)); then
  # Make itself splits a plain line into arguments; one that a shell gets is a single one.
  place=$(grep -A 1 ': Argument list too long$' "$work/output" | sed -n 's/^make[^ ]*: \*\*\* \[\([^]]*\): \([^]: ]*\)\] Error 127$/\1: a line of the recipe of "\2"/p' | head -n 1) || true
  if [[ -n $place ]]; then
    fail "$place is longer than the 128 KiB that a shell can be given [make/long-line]" \
      'write its words into a file ($(file >FILE,WORDS)), or keep what `make -Bnp --trace` prints instead of a capture'
  fi
  tail -n 30 "$work/output" | cut -c -500 | sed 's/^/  make: /' >&2
  fail "make ended with exit code $status while it was captured" \
    "programs are not run in a capture, and what they make is empty: --real runs them; \"$output\" has what was seen"
fi
if [[ ! -s $log/log ]]; then
  fail "make had nothing to do" "the targets are there already: capture a clean tree (make clean)"
fi
