# Makes a kernel's configuration, in the tree: the first .config, the fragments over it, then kbuild's own answer to
# them. Sourced, in the source tree. Variables: defconfig (a make target or a file), fragments (files).
# Leaves .config, include/config and include/generated/autoconf.h; the programs that made them are made again as steps.

unravelOptions() { sed -n 's/^# \(CONFIG_[A-Za-z0-9_]*\) is not set$/\1=n/p; s/^\(CONFIG_[A-Za-z0-9_]*=.*\)$/\1/p' "$@"; }

if [[ $defconfig == /* ]]; then
  cp --no-preserve=mode "$defconfig" .config
else
  make -s "$defconfig"
fi
if [[ -n $fragments ]]; then
  # shellcheck disable=SC2086 # store paths
  bash scripts/kconfig/merge_config.sh -m -O . .config $fragments > "$TMPDIR/merge.log" || {
    cat "$TMPDIR/merge.log" >&2
    exit 1
  }
fi
make -s olddefconfig

# Kconfig drops what depends on something else that is off, without a word.
unravelRefused=
declare -A unravelHas=()
while IFS= read -r line; do unravelHas[${line%%=*}]=${line#*=}; done < <(unravelOptions .config)
declare -A unravelAsked=()
# shellcheck disable=SC2086
while IFS= read -r line; do unravelAsked[${line%%=*}]=${line#*=}; done < <([[ -z $fragments ]] || unravelOptions $fragments)
for option in "${!unravelAsked[@]}"; do
  [[ ${unravelHas[$option]:-n} == "${unravelAsked[$option]}" ]] ||
    unravelRefused+="  $option is ${unravelHas[$option]:-n}, not ${unravelAsked[$option]}"$'\n'
done
if [[ -n $unravelRefused ]]; then
  printf 'unravel: kbuild does not follow all that config asks for [kernel/config]:\n%s' "$(LC_ALL=C sort <<< "${unravelRefused%$'\n'}")" >&2
  printf '\n  hint: turn on what these options depend on, or ask for what kbuild gives (make menuconfig: /NAME)\n' >&2
  exit 1
fi

make -s syncconfig
# They would be of the source, and not steps.
find scripts/basic scripts/kconfig \( -name '*.o' -o -name '.*.cmd' -o -name '*.tab.[ch]' -o -name 'lexer.lex.c' \) -delete
rm -f scripts/basic/fixdep scripts/kconfig/conf .config.old
