# A Nix that runs in the sandbox, from the private one of this machine: its binaries and libraries as a store object,
# started through their own loader.
#
#   nix = import ./nix.nix { inherit (toolchain) toolchain system; tree = ./.cache/nix; };
{
  toolchain,
  system,
  # What scripts/setup-nix.sh made.
  tree,
}:
derivation {
  name = "nix";
  inherit system;
  builder = "${toolchain}/bin/bash";
  PATH = "${toolchain}/bin";
  tree = builtins.path {
    path = tree;
    name = "nix-tree";
    # Not what belongs to the machine: configuration, and where the tree lies.
    filter =
      path: _:
      builtins.elem (builtins.baseNameOf path) [ "bin" "lib" ] || builtins.match ".*/(bin|lib)/.*" path != null;
  };
  shell = "${toolchain}/bin/bash";
  __contentAddressed = true;
  outputHashMode = "recursive";
  outputHashAlgo = "sha256";
  args = [
    "-euc"
    ''
      mkdir -p "$out/bin"
      loader=$(echo "$tree"/lib/ld-linux*.so*)
      for program in nix nix-build nix-instantiate nix-store; do
        printf '#!%s\nexec %s --argv0 %s --library-path %s/lib %s/bin/nix "$@"\n' \
          "$shell" "$loader" "$program" "$tree" "$tree" > "$out/bin/$program"
        chmod +x "$out/bin/$program"
      done
    ''
  ];
}
