# For development shells: a project's node_modules as links into the store. Sourced by shellHook.
# usage: unravelLinkModules TREE PROJECT

# The directory is real, so that tools can keep their caches in it, and what is linked in it is replaced when the
# lockfile changes. A node_modules that something else made is left alone.
unravelLinkModules() {
  local tree project=$2 place from
  tree=$(readlink -f "$1") || return
  while IFS= read -r -d '' from; do
    place=$project/${from#"$tree"/}
    [[ $from == */node_modules ]] || continue
    if [[ -e $place && ! -e $place/.unravel ]]; then
      printf 'unravel: %s is there and not made by this shell: it is left as it is\n  hint: remove it to use the one of the lockfile\n' "$place" >&2
      continue
    fi
    [[ ! -e $place/.unravel || $(<"$place/.unravel") != "$(readlink -f "$from")" ]] || continue
    mkdir -p "$place"
    find "$place" -mindepth 1 -maxdepth 1 ! -name '.unravel' -type l -exec rm -- {} +
    find "$place" -mindepth 1 -maxdepth 1 -name '@*' -exec rm -rf -- {} +
    rm -rf -- "$place/.bin"
    unravelLinkEntries "$(readlink -f "$from")" "$place"
    readlink -f "$from" > "$place/.unravel"
  done < <(find -L "$tree" -name node_modules -prune -print0)
}

# Links of the tree itself (to the project's own packages, and bins) stay relative.
unravelLinkEntries() {
  local entry
  for entry in "$1"/* "$1"/.bin "$1"/.package-lock.json; do
    if [[ -L $entry ]]; then
      cp -P -- "$entry" "$2/"
    elif [[ ${entry##*/} == @* || ${entry##*/} == .bin ]]; then
      [[ -d $entry ]] || continue
      mkdir -p "$2/${entry##*/}"
      unravelLinkEntries "$entry" "$2/${entry##*/}"
    elif [[ -e $entry ]]; then
      ln -s -- "$entry" "$2/"
    fi
  done
}
