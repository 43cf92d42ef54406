# Joins what was asked for: links to programs and libraries, to every unit, or nothing but the fact that tests passed.
#
#   recipe/purpose                build, check or units
#   recipe/hashes, kinds, names   per unit
# Attributes: recipe, environment, units, runs, outputs.
set -euo pipefail
. "$NIX_ATTRS_SH_FILE"
# shellcheck disable=SC1091
. "$environment/environment.sh"
umask 022
shopt -s nullglob

to=${outputs[out]}
mkdir -p "$to"
purpose=$(<"$recipe/purpose")
mapfile -d '' -t hashes < "$recipe/hashes"
mapfile -d '' -t kinds < "$recipe/kinds"
mapfile -d '' -t names < "$recipe/names"

# link FROM FOLDER NAME
link() {
  mkdir -p -- "$to/$2"
  ln -s -- "$1" "$to/$2/$3"
}

for index in "${!units[@]}"; do
  unit=${units[index]} hash=${hashes[index]} name=${names[index]}
  if [[ $purpose == units ]]; then
    link "$unit" . "$name"
    continue
  fi
  case ${kinds[index]} in
    bin | example)
      folder=bin
      if [[ ${kinds[index]} == example ]]; then folder=examples; fi
      # The ending depends on the target.
      for file in "$unit/${name//-/_}-$hash"{,.exe,.wasm}; do
        if [[ -f $file ]]; then link "$file" "$folder" "$name${file#"$unit/${name//-/_}-$hash"}"; fi
      done
      ;;
    *)
      # What programs in other languages link.
      for file in "$unit"/*-"$hash".{so,a,wasm,dll,dll.a,dylib}; do
        plain=${file##*/}
        link "$file" lib "${plain/-$hash/}"
      done
      ;;
  esac
done
