# The SHELL of a make that is captured: records each recipe line, and runs only what is cheap or calls make again.
# Started by make-capture.sh's makefile as
#   sh -L LEVEL.RESTARTS -T TARGET -M MEMBER -S STEM -P PREREQUISITE... --unravel-order-only PATH...
#   --unravel-command -c COMMAND
# Every makefile that says $(SHELL) in a recipe starts it, too, with other arguments: then it is the shell itself.
# Variables: unravelLog, unravelShell, unravelMode ("skim", "real" or "rules"), unravelProfile.
# No process is started but the line's own: this runs once for each line of a build.

if [[ $1 != -L || $3 != -T ]]; then exec -a sh "$unravelShell" "$@"; fi

# Below a $(shell) that calls make: all of it runs, and belongs to no step.
if [[ $unravelMode == pass ]]; then
  while [[ $1 != --unravel-command ]]; do shift; done
  shift
  exec -a sh "$unravelShell" "$@"
fi

# $(shell): its output is a pipe that make reads; a recipe's is make's own.
uIsFunction=
if [[ -p /proc/self/fd/1 && ! /proc/self/fd/1 -ef /proc/$PPID/fd/1 ]]; then uIsFunction=1; fi
# `-c`, or what .SHELLFLAGS had in its place
unravelCommand=${!#}
if [[ $unravelMode == rules ]]; then
  [[ -n $uIsFunction ]] || exit 0
  exec -a sh "$unravelShell" -c "$unravelCommand"
fi

# Kbuild has several lines for each object that hold nothing; a recipe's first line is always recorded.
if [[ -n ${unravelSkip-} && $unravelCommand =~ $unravelSkip ]]; then
  IFS= read -r -d '' uLast < "$unravelLog/last" || true
  [[ $uLast != "$PPID $4" ]] || exit 0
fi

uRestarts=${2#*.}
unravelTarget=$4 uMember=$6 uStem=$8
shift 9
# Make lists names with blanks between them: one that has a blank arrives as several words. Words that are no file, and
# are one together, are one.
takeNames() {
  local -n uNames=$1
  local uEnd=$2 uName uCount
  shift 2
  uNames=()
  uTaken=1
  while [[ $1 != "$uEnd" ]]; do
    uName=$1 uCount=1
    if [[ ! -e $1 && ! -L $1 ]]; then
      while ((uCount < 9)) && [[ ${!uCount} != "$uEnd" ]]; do
        ((++uCount))
        [[ ${!uCount} != "$uEnd" ]] || break
        uName+=" ${!uCount}"
        if [[ -e $uName ]]; then break; fi
      done
      if [[ ! -e $uName ]]; then uName=$1 uCount=1; fi
    fi
    uNames+=("$uName")
    shift "$uCount"
    uTaken=$((uTaken + uCount))
  done
}
takeNames unravelPrerequisites --unravel-order-only "$@"
shift "$uTaken"
takeNames uOrdered --unravel-command "$@"
shift "$uTaken"

run() { (exec -a sh "$unravelShell" -c "${unravelTried:-$unravelCommand}"); }


# ---- writing ---------------------------------------------------------------------
uRecord=
escape() {
  uEscaped=${1//\\/\\\\}
  uEscaped=${uEscaped//$'\n'/\\n}
  uEscaped=${uEscaped//$'\r'/\\r}
}
field() {
  escape "$2"
  uRecord+=$'\t'$1' '$uEscaped$'\n'
}
write() {
  printf '%s' "$uRecord" >> "$unravelLog/log"
  uRecord=
}
count() {
  read -r uNumber < "$unravelLog/$1"
  uNumber=$((uNumber + 1))
  echo "$uNumber" > "$unravelLog/$1"
}

# A process id comes back in a long build: the start time tells two makes apart.
findMake() {
  local uStat uStarted=0 uKnown uArguments uArgument
  if read -r uStat < "/proc/$PPID/stat"; then
    uStat=${uStat##*) }
    # shellcheck disable=SC2206
    uStat=($uStat)
    uStarted=${uStat[19]}
  fi
  if [[ -e $unravelLog/makes/$PPID ]] && read -r uMake uKnown < "$unravelLog/makes/$PPID" && [[ $uKnown == "$uStarted" ]]; then
    return
  fi
  count make
  uMake=$uNumber
  echo "$uMake $uStarted" > "$unravelLog/makes/$PPID"
  uRecord+="make $uMake"$'\n'
  field line "${unravelLine:-0}"
  field directory "$PWD"
  field flags "${MAKEFLAGS-}"
  mapfile -d '' -t uArguments < "/proc/$PPID/cmdline"
  for uArgument in "${uArguments[@]}"; do field argument "$uArgument"; done
  write
  # for the pass that asks this make for its rules
  cat "/proc/$PPID/environ" > "$unravelLog/makes/$uMake.environment"
  printf '%s\0' "$PWD" "${uArguments[@]}" > "$unravelLog/makes/$uMake.command"
}

# What make gives to commands, as the difference to what the capture began with. Nearly always it is what the line before
# of the same make had, which takes a fifth of a line's 5 ms less to see. (Bash keeps \001 in IFS for itself.)
findEnvironment() {
  local uNow uLast uName IFS=$'\034'
  local -a uGiven uBefore
  mapfile -d '' -t uGiven < /proc/self/environ
  if [[ -e $unravelLog/environments/$uMake ]]; then
    mapfile -d '' -t uBefore < "$unravelLog/environments/$uMake.given"
    if [[ ${#uGiven[@]} == "${#uBefore[@]}" && ${uGiven[*]} == "${uBefore[*]}" ]]; then
      read -r uEnvironment < "$unravelLog/environments/$uMake"
      export -n SHLVL OLDPWD _
      return
    fi
  fi
  printf '%s\0' "${uGiven[@]}" > "$unravelLog/environments/$uMake.given"
  unset IFS
  export -n MAKEFLAGS MAKELEVEL MFLAGS MAKE_TERMOUT MAKE_TERMERR MAKE_RESTARTS MAKEFILES PWD OLDPWD SHLVL _
  export -n unravelLine unravelLog unravelShell unravelMode unravelProfile unravelRecorder unravelSkip
  declare -px > "$unravelLog/environment.now"
  IFS= read -r -d '' uNow < "$unravelLog/environment.now"
  if [[ -e $unravelLog/environments/$uMake ]]; then
    { read -r uEnvironment; IFS= read -r -d '' uLast; } < "$unravelLog/environments/$uMake"
    if [[ $uNow == "$uLast" ]]; then return; fi
  fi
  declare -A uBase=()
  local -A uSeen=()
  # shellcheck disable=SC1091
  . "$unravelLog/base"
  local uDifference=
  compgen -e > "$unravelLog/environment.names"
  while IFS= read -r uName; do
    uSeen[$uName]=1
    if [[ -z ${uBase[$uName]+set} || ${uBase[$uName]} != "${!uName}" ]]; then
      escape "${!uName}"
      uDifference+=$'\t'"set $uName=$uEscaped"$'\n'
    fi
  done < "$unravelLog/environment.names"
  for uName in "${!uBase[@]}"; do
    if [[ -z ${uSeen[$uName]+set} ]]; then uDifference+=$'\t'"unset $uName"$'\n'; fi
  done
  uEnvironment=0
  if [[ -n $uDifference ]]; then
    count environment
    uEnvironment=$uNumber
    uRecord+="environment $uEnvironment"$'\n'$uDifference
    write
  fi
  printf '%s\n%s' "$uEnvironment" "$uNow" > "$unravelLog/environments/$uMake"
}

restore() {
  export PWD
  [[ -z ${MAKEFLAGS+set} ]] || export MAKEFLAGS
  [[ -z ${MAKELEVEL+set} ]] || export MAKELEVEL
  [[ -z ${MFLAGS+set} ]] || export MFLAGS
  [[ -z ${MAKE_TERMOUT+set} ]] || export MAKE_TERMOUT
  [[ -z ${MAKE_TERMERR+set} ]] || export MAKE_TERMERR
  export MAKEFILES unravelLine unravelLog unravelShell unravelMode unravelProfile unravelRecorder unravelSkip
}

# ---- judging ---------------------------------------------------------------------
# Programs that read and write small files and nothing else. What runs only these is run: make itself may look at
# what it makes, and fails in another way without it.
uCheap=' : [ [[ true false test echo printf cat cp mv rm ln mkdir rmdir touch sed awk gawk mawk grep egrep fgrep cmp diff '
uCheap+='chmod head tail tr cut sort uniq wc basename dirname expr date uname hostname id pwd cd set unset export read '
uCheap+='exit shift umask trap install tee paste comm join od cksum md5sum sha1sum sha256sum find ls mktemp readlink '
uCheap+='realpath seq sync continue break return local '

# The first words of all commands of a line. Quoted text is one letter; command substitutions are commands, too.
segments() {
  local uRest=$1 uChunk uQuoted uOut=
  while [[ -n $uRest ]]; do
    uChunk=${uRest%%[\'\"\\]*}
    uOut+=$uChunk
    uRest=${uRest:${#uChunk}}
    case $uRest in
      \\$'\n'*)
        uOut+=' '
        uRest=${uRest:2}
        ;;
      \\*)
        uOut+=_
        uRest=${uRest:2}
        ;;
      \'*)
        uRest=${uRest:1}
        uOut+=_
        uQuoted=${uRest%%\'*}
        uRest=${uRest:${#uQuoted}+1}
        ;;
      \"*)
        uRest=${uRest:1}
        uOut+=_
        uQuoted=
        while :; do
          uChunk=${uRest%%[\"\\]*}
          uQuoted+=$uChunk
          uRest=${uRest:${#uChunk}}
          [[ $uRest == \\* ]] || break
          uRest=${uRest:2}
        done
        uRest=${uRest:1}
        case $uQuoted in
          *'$('*) uOut+=';'${uQuoted#*'$('}';' ;;
          *'`'*) uOut+=';'${uQuoted#*'`'}';' ;;
        esac
        ;;
    esac
  done
  uOut=${uOut//'${'/_}
  uOut=${uOut//'>&'/>}
  uOut=${uOut//'<&'/<}
  uOut=${uOut//'&>'/>}
  uOut=${uOut//'>|'/>}
  uOut=${uOut//[;&|()\`]/$'\n'}
  uCommands=$uOut
}

# Sets unravelJudgement: "make" (calls make again), "run" or "fake". A profile may also say "try" (run for the makes in
# it, and let it fail) and "keep" (run, and what it makes is part of the source: no step).
judge() {
  local uWords uWord uSkip
  unravelJudgement=fake
  if ((${#unravelCommand} > 20000)); then return; fi
  local uIsCheap=1
  segments "$unravelCommand"
  while IFS= read -r uWords; do
    uSkip=
    set -f
    for uWord in $uWords; do
      if [[ -n $uSkip ]]; then
        uSkip=
        continue
      fi
      case $uWord in
        '>' | '>>' | '<' | [0-9]'>' | [0-9]'<' | [0-9]'>>') uSkip=1 ;;
        '>'* | '<'* | [0-9]'>'* | [0-9]'<'*) ;;
        [A-Za-z_]*=*) [[ ${uWord%%=*} == *[!A-Za-z0-9_]* ]] && { uIsCheap=; break; } ;;
        if | then | else | elif | fi | while | until | do | done | '{' | '}' | '!' | '$' | esac) ;;
        for | case | '#'*) break ;;
        make | gmake | */make | */gmake)
          unravelJudgement=make
          return
          ;;
        *)
          [[ $uCheap == *" $uWord "* ]] || uIsCheap=
          break
          ;;
      esac
    done
    set +f
  done <<< "$uCommands"
  set +f
  [[ -z $uIsCheap ]] || unravelJudgement=run
}

# A line that is not run has made its target, as far as make can see.
fake() {
  local uFile uLast='' uIsSame='' uName=${unravelTarget##*/}
  # The line before this one was of the same recipe, and has touched the target.
  if [[ -e $unravelLog/touched ]]; then IFS= read -r -d '' uLast < "$unravelLog/touched" || true; fi
  if [[ $uLast == "$uMake.$uRestarts $unravelTarget" ]]; then uIsSame=1; fi
  for uFile in "$unravelTarget" "${unravelAlso[@]}"; do
    # A line that does not even name its target may stand before the one that makes it, in a make of its own.
    [[ $uFile != "$unravelTarget" || $unravelCommand == *"${uName%%.*}"* ]] || continue
    [[ -n $uFile && ! -d $uFile ]] || continue
    [[ $uFile != */* || -d ${uFile%/*} ]] || mkdir -p -- "${uFile%/*}"
    # A new change time, and the contents that a line before it may have written. No process where none is needed.
    if [[ -e $uFile ]]; then
      if [[ $uFile == "$unravelTarget" && -n $uIsSame ]]; then continue; fi
      touch -- "$uFile" || continue
    else
      : > "$uFile" || continue
    fi
    if [[ $uFile == "$unravelTarget" ]]; then printf '%s' "$uMake.$uRestarts $uFile" > "$unravelLog/touched"; fi
    escape "$PWD/$uFile"
    [[ $uFile != /* ]] || escape "$uFile"
    printf '%s\n' "$uEscaped" >> "$unravelLog/faked"
  done
}

# ---- one line --------------------------------------------------------------------
findMake
if [[ -n $uIsFunction ]]; then
  count shell
  uRecord+="shell $uNumber"$'\n'
  field make "$uMake"
  [[ -z $unravelTarget ]] || field target "$unravelTarget"
  field command "${unravelCommand//"$unravelRecorder"/"$unravelShell"}"
  write
  unravelMode=pass exec -a sh "$unravelShell" -c "$unravelCommand"
fi

findEnvironment
restore
unravelAlso=() unravelTried=
judge
[[ $unravelMode != real || $unravelJudgement != fake ]] || unravelJudgement=run
# shellcheck disable=SC1090
[[ -z ${unravelProfile-} ]] || . "$unravelProfile"

if [[ $unravelJudgement == keep ]]; then
  run
  exit
fi

escape "$PWD/$unravelTarget"
[[ $unravelTarget != /* ]] || escape "$unravelTarget"
printf '%s\n' "$uEscaped" >> "$unravelLog/targets"
printf '%s' "$PPID $unravelTarget" > "$unravelLog/last"
count line
uLine=$uNumber
uRecord+="line $uLine"$'\n'
field make "$uMake"
[[ $uRestarts == 0 || -z $uRestarts ]] || field restart "$uRestarts"
field directory "$PWD"
field target "$unravelTarget"
[[ -z $uMember ]] || field member "$uMember"
[[ -z $uStem ]] || field stem "$uStem"
for uPath in "${unravelPrerequisites[@]}"; do field prerequisite "$uPath"; done
for uPath in "${uOrdered[@]}"; do field order-only "$uPath"; done
for uPath in "${unravelAlso[@]}"; do field also "$uPath"; done
field environment "$uEnvironment"

uStatus=0
case $unravelJudgement in
  try)
    # Makes in it are recorded; what else it needs is not there.
    field ran make
    field command "${unravelCommand//"$unravelRecorder"/"$unravelShell"}"
    write
    unravelLine=$uLine run || true
    fake
    uRecord="result $uLine"$'\n'
    field status 0
    write
    exit 0
    ;;
  make)
    field ran make
    field command "${unravelCommand//"$unravelRecorder"/"$unravelShell"}"
    write
    unravelLine=$uLine run || uStatus=$?
    uRecord="result $uLine"$'\n'
    field status "$uStatus"
    write
    exit "$uStatus"
    ;;
  run)
    uWasThere=
    [[ ! -e $unravelTarget ]] || uWasThere=1
    : > "$unravelLog/now"
    run || uStatus=$?
    if [[ $uStatus == 0 || $unravelMode == real ]]; then
      field ran yes
      if [[ ! -e $unravelTarget && ! -L $unravelTarget ]]; then uRecord+=$'\tabsent\n'; fi
      # It found its target as it should be: `test -f config.h || make stamp`.
      if [[ -n $uWasThere && ! -L $unravelTarget && $unravelTarget -ot $unravelLog/now ]]; then uRecord+=$'\tleft\n'; fi
    else
      # It reads what was not made. Make must not see that.
      fake
      field ran failed
    fi
    field status "$uStatus"
    ;;
  *)
    fake
    field ran no
    ;;
esac
field command "${unravelCommand//"$unravelRecorder"/"$unravelShell"}"
write
[[ $unravelMode != real ]] || exit "$uStatus"
exit 0
