# A rustc that writes down what it is called with, for both sides of a comparison, and compiles only what has to run:
# build scripts, what they are linked with, and what they try out. Of everything else it makes empty files, so that a
# comparison takes seconds.
# Variables, set by who holds it: realRustc, shell; compiles=all compiles everything.
arguments=("$@")
name='' extra='' directory='' types='' emit='' suffix=''
for ((i = 0; i < ${#arguments[@]}; i++)); do
  word=${arguments[i]} next=${arguments[i + 1]:-}
  case $word in
    --crate-name) name=$next ;;
    --out-dir) directory=$next ;;
    --crate-type) types+=" $next" ;;
    --emit=*) emit=${word#--emit=} ;;
    --test) types=' bin' ;;
    --target) [[ $next != wasm* ]] || suffix=.wasm ;;
    -C) [[ $next != extra-filename=* ]] || extra=${next#extra-filename=} ;;
  esac
done
[[ -n $name && $name != ___ && -n $directory ]] || exec "$realRustc" "$@"
mkdir -p "$directory"
log=$directory/.oracle-$name$extra
printf '%s\0' "${arguments[@]}" > "$log.arguments"
env -0 > "$log.environment"
case ${compiles:-$name} in
  all | build_script_* | cc | pkg_config | vcpkg | autocfg | version_check | jobserver | for_scripts)
    "$realRustc" "$@" || exit
    if [[ $name == build_script_* ]]; then
      program=$directory/$name$extra
      mv "$program" "$program.real"
      printf '#!%s\nenv -0 > "$OUT_DIR/.oracle-environment"\nexec "${0%%/*}/%s.real" "$@"\n' "$shell" "$name$extra" > "$program"
      chmod +x "$program"
    fi
    exit
    ;;
esac
case $types in
  *proc-macro* | *dylib*) : > "$directory/lib$name$extra.so" ;;&
  *staticlib*) : > "$directory/lib$name$extra.a" ;;&
  *' lib'* | *rlib*) : > "$directory/lib$name$extra.rlib" ;;&
  *cdylib*) [[ -z $suffix ]] || : > "$directory/$name$extra$suffix" ;;&
  *bin*) : > "$directory/$name$extra$suffix" && chmod +x "$directory/$name$extra$suffix" ;;
esac
if [[ $emit == *metadata* ]]; then : > "$directory/lib$name$extra.rmeta"; fi
if [[ $emit == *dep-info* ]]; then printf '%s: \n' "$directory/$name$extra.d" > "$directory/$name$extra.d"; fi
