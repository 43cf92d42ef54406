# Make's part of the derivations that configure and that install. Sourced by the phases.
# Variables: buildDirectory, makeFlags, makefile; for the capture skeleton, makeCapture, makeShell, shell, buildFlags,
# captureProfile, captureReal; to install installFlags, installTargets, prefixes.

# Flags as nixpkgs passes them: separated by blanks, or an array for those that hold some.
unravelMakeFlags() {
  flags=(${makefile:+-f "$makefile"})
  # shellcheck disable=SC2206
  flags+=(${makeFlags-} "${makeFlagsArray[@]}")
}

unravelMakeCapture() {
  local flags options=()
  cd "$NIX_BUILD_TOP/source/$buildDirectory"
  runHook preBuild
  unravelMakeFlags
  [[ -z $captureProfile ]] || options+=(--profile "$captureProfile")
  [[ -z $captureReal ]] || options+=(--real)
  # shellcheck disable=SC2086
  unravelMakeShell=$makeShell bash "$makeCapture" --in-place --root "$NIX_BUILD_TOP/source" --directory . \
    --output .unravel/make.dump --original "$skeleton" --since "$TMPDIR/.unpacked" --shell "$shell" "${options[@]}" \
    -- "${flags[@]}" ${buildFlags-} "${buildFlagsArray[@]}"
}

# The project's own installation, in the tree where everything is built. Sources have no bodies here: what make would
# compile now would be wrong, so nothing may be.
unravelMakeInstall() {
  local flags file pair rebuilt=()
  cd "$NIX_BUILD_TOP/source/$buildDirectory"
  touch "$TMPDIR/.installing"
  sleep 0.02
  unravelMakeFlags
  (
    # With the same paths as when it was captured: other flags may mean that all is out of date.
    for pair in $prefixes; do export "${pair%%=*}=${pair#*=}"; done
    export prefix=$out
    # shellcheck disable=SC2086
    make "${flags[@]}" ${installFlags-} "${installFlagsArray[@]}" ${installTargets-install}
  )
  while IFS= read -r -d '' file; do rebuilt+=("$file"); done < <(
    find "$NIX_BUILD_TOP/source" -newer "$TMPDIR/.installing" -type f \( -name '*.o' -o -name '*.lo' -o -name '*.a' \) -print0
  )
  if ((${#rebuilt[@]})); then
    printf 'unravel: make built files while it installed: %s\n' "${rebuilt[*]#"$NIX_BUILD_TOP/source/"}" >&2
    printf '  hint: name what installing needs in buildFlags, so that it is built by steps: buildFlags = [ "all" "more" ]\n' >&2
    return 1
  fi
}
