# For the configure derivation: lays the skeleton where steps will run, and afterwards keeps what configure made
# and what its commands saw. Sourced; the caller's shell is the one that runs the phases.
# Variables: skeleton, buildDirectory, prefixes, ownAttributes, tree, environment.

unravelUnpack() {
  local pair
  # Output paths of the package stand in for the real ones, which nobody knows yet.
  for pair in $prefixes; do export "${pair%%=*}=${pair#*=}"; done
  export prefix=${out:?the package has no output called out}
  mkdir -p "$NIX_BUILD_TOP/source"
  # Every file keeps the store's timestamp (1970): what is newer afterwards was written by configure.
  cp -R --preserve=mode,timestamps "$skeleton/." "$NIX_BUILD_TOP/source"
  chmod -R u+w "$NIX_BUILD_TOP/source"
  cd "$NIX_BUILD_TOP/source"
}

unravelCapture() {
  cd "$NIX_BUILD_TOP/source"
  mkdir -p "$tree" "$environment"
  find . -newermt '1971-01-01' \( -type f -o -type l \) -print0 |
    LC_ALL=C sort -z | xargs -0 -r cp -P --parents -t "$tree"

  local -A internal=()
  local name
  for name in $ownAttributes $(cd "$NIX_BUILD_TOP" && unravelNixVariables); do internal[$name]=1; done
  for name in $prefixes; do internal[${name%%=*}]=1; done
  {
    for name in $(compgen -e | LC_ALL=C sort); do
      [[ -n ${internal[$name]:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
    done
  } > "$environment/environment.sh"
}

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
