# For the configure derivation: lays the skeleton where steps will run, and afterwards keeps what configure made
# and what its commands saw. Sourced; the caller's shell is the one that runs the phases.
# Variables: skeleton, buildDirectory, prefixes, ownAttributes, out, environment.

unravelUnpack() {
  local pair name
  tree=$out
  # Output paths of the package stand in for the real ones, which nobody knows yet. nixpkgs' hooks find an output's
  # name in variables like outputDev.
  for pair in $prefixes; do
    name=${pair%%=*}
    export "$name=${pair#*=}"
    [[ $name == out ]] || export "output${name^}=$name"
  done
  export prefix=${out:?the package has no output called out}
  mkdir -p "$NIX_BUILD_TOP/source"
  cp -R --preserve=mode,timestamps "$skeleton/." "$NIX_BUILD_TOP/source"
  chmod -R u+w "$NIX_BUILD_TOP/source"
  # What configure writes has a later change time than this, whatever times it gives its files. The kernel's clock
  # moves in steps of up to 10 ms.
  touch "$TMPDIR/.unpacked"
  sleep 0.02
  cd "$NIX_BUILD_TOP/source"
}

unravelCapture() {
  cd "$NIX_BUILD_TOP/source"
  mkdir -p "$tree" "$environment"
  unravelNames "$skeleton" > "$TMPDIR/.before"
  unravelNames . > "$TMPDIR/.after"
  # New names as well: what lies in a renamed directory has not changed itself.
  {
    find . -cnewer "$TMPDIR/.unpacked" \( -type f -o -type l \) -printf '%P\0'
    LC_ALL=C comm -z -13 "$TMPDIR/.before" "$TMPDIR/.after"
  } | LC_ALL=C sort -zu | unravelChanged | xargs -0 -r cp -P --parents -t "$tree" --
  # Graphs name directories that are still empty (CMake: "|| CMakeFiles/z.dir").
  find . -mindepth 1 -type d -empty -printf '%P\0' | (cd "$tree" && xargs -0 -r mkdir -p --)
  # Names that are gone: the tree, laid over the source, hides them (emit/sink/tree.ts, install.sh).
  LC_ALL=C comm -z -23 "$TMPDIR/.before" "$TMPDIR/.after" > "$tree/.unravel-removed"
  [[ -s $tree/.unravel-removed ]] || rm "$tree/.unravel-removed"

  local -A internal=()
  local name value
  for name in $ownAttributes $(cd "$NIX_BUILD_TOP" && unravelNixVariables); do internal[$name]=1; done
  for name in $prefixes; do internal[${name%%=*}]=1; done
  {
    for name in $(compgen -e | LC_ALL=C sort); do
      [[ -z ${internal[$name]:-} ]] || continue
      # This derivation's own path, and the seed that nixpkgs takes from it, would re-key every step with configure.
      value=${!name//"$tree"/"$out"}
      if [[ $value =~ -frandom-seed=[a-z0-9]+ ]]; then
        value=${value//"${BASH_REMATCH[0]}"/-frandom-seed=unravel}
      fi
      printf 'export %s=%q\n' "$name" "$value"
    done
  } > "$environment/environment.sh"
}

# A source that was only touched is still the source: its skeleton must not hide it.
unravelChanged() {
  local path from
  while IFS= read -r -d '' path; do
    from=$skeleton/$path
    if [[ -f $from && ! -L $from && ! -L $path && (-x $from && -x $path || ! -x $from && ! -x $path) ]]; then
      cmp -s "$from" "$path" && continue
    fi
    printf '%s\0' "$path"
  done
}

unravelNames() { (cd "$1" && find . \( -type f -o -type l \) -printf '%P\0' | LC_ALL=C sort -z); }

# What Nix or the shell sets anew for each build, and what belongs to this derivation alone.
unravelNixVariables() {
  printf '%s\n' NIX_BUILD_TOP TMP TMPDIR TEMP TEMPDIR PWD OLDPWD SHLVL HOME NIX_STORE NIX_LOG_FD TERM _ \
    NIX_BUILD_CORES NIX_ENFORCE_PURITY NIX_ENFORCE_NO_NATIVE builder name system args prefix phases stdenv shell \
    nativeBuildInputs buildInputs buildDirectory outputs outputHashMode outputHashAlgo sourceRoot curPhase \
    unpackPhase configurePhase installPhase initialPath defaultNativeBuildInputs defaultBuildInputs \
    propagatedBuildInputs propagatedNativeBuildInputs strictDeps doCheck doInstallCheck \
    __structuredAttrs __contentAddressed __ignoreNulls depsBuildBuild depsBuildTarget depsHostHost \
    depsTargetTarget depsBuildBuildPropagated depsBuildTargetPropagated depsHostHostPropagated \
    depsTargetTargetPropagated
}
