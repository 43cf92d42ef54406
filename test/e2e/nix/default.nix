# What the end-to-end tests build with.
#
# toolchain  the set that scripts/setup-toolchain.sh writes
# planner    directory of the bundle
{ toolchain, planner }:
let
  # The working tree's own, not the one of the tree that made the toolchain.
  stdenv = import ../../../templates/lib/stdenv.nix { inherit (toolchain) system toolchain; };
in
{
  inherit toolchain stdenv;
  inherit (toolchain) cmake ninja;
  unravel = import ../../../templates/lib {
    inherit stdenv;
    inherit (toolchain) nodejs;
    planner = builtins.path {
      path = planner;
      name = "unravel-builder";
    };
  };

  runCommand = name: env: text: stdenv.mkDerivation ({ inherit name; buildCommand = text; } // env);

  # A derivation for the root of a package: passthru.root is no more than a string. (A shell that ends in `ln`
  # becomes it, and Nix kills a builder that closes its output before it exits: hence the `exit`.)
  rootOf =
    package:
    derivation {
      name = "root-of-${package.name}";
      inherit (stdenv) system;
      builder = stdenv.shell;
      PATH = "${toolchain.toolchain}/bin";
      args = [ "-euc" "ln -s $root $out; exit" ];
      inherit (package.passthru) root;
    };

  # The same project built by ninja itself: same environment, same place, same stand-in for the prefix. `tree` in
  # the result is the whole tree after ninja, `installed` has the outputs of the package, after the same fixup.
  ninjaOracle =
    {
      package,
      nativeBuildInputs ? [ ],
      targets ? [ ],
      ...
    }@args:
    stdenv.mkDerivation (
      builtins.removeAttrs args [ "package" "targets" ]
      // {
        name = "ninja-of-${package.name}";
        nativeBuildInputs = nativeBuildInputs ++ [ toolchain.ninja ];
        inherit (package) prefixes;
        inherit (package.passthru) source;
        phases = [ "unpackPhase" "configurePhase" "buildPhase" "installPhase" "fixupPhase" "movePhase" ];
        unpackPhase = ''
          result=$out
          _outputNames=()
          for pair in $prefixes; do
            export "''${pair%%=*}=''${pair#*=}"
            _outputNames+=("''${pair%%=*}")
          done
          export prefix=$out
          cp -R --preserve=mode,timestamps "$source/." "$NIX_BUILD_TOP/source"
          chmod -R u+w "$NIX_BUILD_TOP/source"
          cd "$NIX_BUILD_TOP/source"
        '';
        buildPhase = ''
          cd "$NIX_BUILD_TOP/source/build"
          ninja -j2 ${builtins.concatStringsSep " " targets}
          mkdir -p $result/installed
          cp -R "$NIX_BUILD_TOP/source" $result/tree
        '';
        installPhase = args.installPhase or "ninja install";
        movePhase = ''
          for pair in $prefixes; do
            [ ! -e "''${pair#*=}" ] || cp -R "''${pair#*=}" "$result/installed/''${pair%%=*}"
          done
        '';
      }
    );
}
