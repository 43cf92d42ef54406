# Writes the text of the derivation that emits: its plan printed it with gaps for store paths that are known now.
# Bash alone, which starts ten times as fast as Node.
# Variables: template, purpose ("build" or "generated"), out, and those that fill the gaps.
set -euf -o pipefail
LC_ALL=C

mapfile -d '' -t parts < "$template/$purpose"
# Store paths have no spaces.
# shellcheck disable=SC2206
paths=(${parts[0]})
for name in ${parts[1]}; do paths+=("${!name}"); done
# Sorted and each once, as Nix writes them: a handful.
sorted=()
for path in "${paths[@]}"; do
  for ((at = ${#sorted[@]}; at > 0; at--)); do
    [[ ${sorted[at - 1]} > $path ]] || break
  done
  if ((at == 0)) || [[ ${sorted[at - 1]} != "$path" ]]; then
    sorted=("${sorted[@]:0:at}" "$path" "${sorted[@]:at}")
  fi
done
printf -v sources '"%s",' "${sorted[@]}"
sources=${sources%,}

text=
for ((i = 2; i < ${#parts[@]}; i += 2)); do
  text+=${parts[i]}
  name=${parts[i + 1]:-}
  [[ -n $name ]] || continue
  if [[ -z ${!name} ]]; then
    printf 'unravel: what steps make includes what others make, deeper than can be planned\n' >&2
    printf '  hint: let configure make the innermost of these headers\n' >&2
    exit 1
  fi
  text+=${!name}
done
printf '%s' "$text" > "$out"
