# For the package derivation: lays source, configured files and built files over each other, installs, and puts
# the package's own paths where configure wrote stand-ins. Sourced by the phases.
# Variables: source, wholeHeaders (a layer over it, or nothing), configured, built, installCommand, buildDirectory, prefixes.

unravelLay() {
  mkdir -p "$NIX_BUILD_TOP/source"
  local layer path
  for layer in "$source" ${wholeHeaders:+"$wholeHeaders"} "$configured" "$built"; do
    # First what is gone: a file may have become a directory.
    if [[ -e $layer/.unravel-removed ]]; then
      (cd "$NIX_BUILD_TOP/source" && xargs -0 rm -f -- < "$layer/.unravel-removed")
    fi
    # Or a directory a file. A layer may be a link to a tree.
    while IFS= read -r -d '' path; do
      path=$NIX_BUILD_TOP/source/$path
      if [[ -d $path && ! -L $path ]]; then rm -r -- "$path"; fi
    done < <(find "$layer/" ! -type d -printf '%P\0')
    # A file is not written through a link that is in its place.
    cp -R -P --remove-destination --preserve=mode,timestamps "$layer/." "$NIX_BUILD_TOP/source"
    chmod -R u+w "$NIX_BUILD_TOP/source"
    rm -f -- "$NIX_BUILD_TOP/source/.unravel-removed"
  done
  cd "$NIX_BUILD_TOP/source/$buildDirectory"
}

unravelInstall() {
  if [[ ! -s $installCommand ]]; then
    printf 'unravel: the build graph has no install target\n  hint: give installPhase\n' >&2
    return 1
  fi
  (exec -a sh "$(type -P bash)" "$installCommand")
}

# Stand-in and own path are equally long, so this is safe in binaries: it is what Nix does to its own scratch paths.
unravelMove() {
  local pair name standIn
  local outs=() edits=()
  for pair in $prefixes; do
    name=${pair%%=*} standIn=${pair#*=}
    if [[ -e $standIn ]]; then
      mkdir -p "${!name}"
      cp -R -P --preserve=mode,timestamps "$standIn/." "${!name}"
    fi
    [[ ! -e ${!name} ]] || outs+=("${!name}")
    edits+=(-e "s/$(unravelHashPart "$standIn")/$(unravelHashPart "${!name}")/g")
  done
  if ((${#outs[@]} == 0)); then
    printf 'unravel: the install phase installed nothing\n  hint: it must write to $out or to the prefix that configure was given\n' >&2
    return 1
  fi
  chmod -R u+w "${outs[@]}"
  for pair in $prefixes; do
    { grep -rlZ -F "$(unravelHashPart "${pair#*=}")" "${outs[@]}" || true; } |
      LC_ALL=C xargs -0 -r sed -i "${edits[@]}"
  done
  local link target
  while IFS= read -r -d '' link; do
    target=$(readlink "$link")
    for pair in $prefixes; do
      name=${pair%%=*}
      target=${target//"$(unravelHashPart "${pair#*=}")"/"$(unravelHashPart "${!name}")"}
    done
    [[ $target == "$(readlink "$link")" ]] || ln -sfn "$target" "$link"
  done < <(find "${outs[@]}" -type l -print0)
}

unravelHashPart() {
  local base=${1##*/}
  printf '%s' "${base:0:32}"
}
