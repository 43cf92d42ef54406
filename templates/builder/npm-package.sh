# The phases of a package that unravel.npm builds: the source with node_modules in it, `npm run`, and installation.
# Sourced. Variables: source, modules, built, runtimeModules, node, assembler, npmInstall, npmBuildScript, npmWorkspace, npmFlags,
# npmBuildFlags, npmPackFlags.

unravelNpmUnpack() {
  mkdir -p "$NIX_BUILD_TOP/source"
  cp -R "$source/." "$NIX_BUILD_TOP/source"
  chmod -R u+w "$NIX_BUILD_TOP/source"
  if [[ -n $built ]]; then
    cp -R "$built/." "$NIX_BUILD_TOP/source"
    chmod -R u+w "$NIX_BUILD_TOP/source"
  fi
  cd "$NIX_BUILD_TOP/source"
  "$node" "$assembler" lay "$modules" .
  # Nothing here asks a registry, and what npm writes for itself is not part of the project.
  export HOME="$NIX_BUILD_TOP/home" npm_config_offline=true npm_config_update_notifier=false
  export npm_config_audit=false npm_config_fund=false npm_config_cache="$NIX_BUILD_TOP/home/.npm"
  mkdir -p "$HOME"
}

unravelNpmBuild() {
  [[ -n $npmBuildScript ]] || return 0
  local workspace=()
  [[ -z $npmWorkspace ]] || workspace=("--workspace=$npmWorkspace")
  # shellcheck disable=SC2086 # lists of words
  npm run "$npmBuildScript" "${workspace[@]}" $npmBuildFlags $npmFlags
}

# What `npm pack` would publish, with the dependencies that it runs with.
unravelNpmInstall() {
  local directory=.
  [[ -z $npmWorkspace ]] || directory=$npmWorkspace
  # shellcheck disable=SC2086
  (cd "$directory" && npm pack --json --dry-run --ignore-scripts --loglevel=warn $npmPackFlags $npmFlags) > "$NIX_BUILD_TOP/packed.json"
  "$node" "$npmInstall" "$NIX_BUILD_TOP/packed.json" "$directory" "${runtimeModules:-}" "$out" "$SHELL" "$node"
}
