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
    inherit (toolchain) nodejs npm;
    planner = builtins.path {
      path = planner;
      name = "unravel-builder";
    };
  };

  rust = import ./cargo { inherit toolchain stdenv; };

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

  kernelOracle = import ./kernel-oracle.nix { inherit stdenv; };
  makeOracle = import ./make-oracle.nix { inherit stdenv; };

  # The same project built by ninja itself: same environment, same place, same stand-in for the prefix. `tree` in
  # the result is the whole tree after ninja, `installed` has the outputs of the package, after the same fixup, `deps`
  # what compilers said they read, `time` the seconds ninja took: wall, user, system; `marks`, the clock and what the
  # processes have taken (shell, then all others: user and system) when it was configured, built, copied to `tree` and
  # installed. `edits` are trees that differ from
  # the source by an edit each: `edits/0/count` is the number of commands that ninja runs for the first, `edits/0/tree`
  # what it leaves.
  ninjaOracle =
    {
      package,
      nativeBuildInputs ? [ ],
      targets ? [ ],
      edits ? [ ],
      ...
    }@args:
    stdenv.mkDerivation (
      builtins.removeAttrs args [ "package" "targets" ]
      // {
        edits = map (tree: "${tree}") edits;
        name = "ninja-of-${package.name}";
        nativeBuildInputs = nativeBuildInputs ++ [ toolchain.ninja ];
        inherit (package) prefixes;
        inherit (package.passthru) source;
        phases = [ "unpackPhase" "configurePhase" "buildPhase" "installPhase" "fixupPhase" "movePhase" "editPhase" ];
        unpackPhase = ''
          result=$out
          _outputNames=()
          for pair in $prefixes; do
            export "''${pair%%=*}=''${pair#*=}"
            _outputNames+=("''${pair%%=*}")
          done
          export prefix=$out
          begun=$EPOCHREALTIME
          mark() { { echo "$begun $EPOCHREALTIME"; times; } >> $result/marks; }
          cp -R --preserve=mode,timestamps "$source/." "$NIX_BUILD_TOP/source"
          chmod -R u+w "$NIX_BUILD_TOP/source"
          cd "$NIX_BUILD_TOP/source"
        '';
        buildPhase = ''
          cd "$NIX_BUILD_TOP/source/build"
          mkdir -p $result/installed
          mark
          ninja="ninja -j2 ${builtins.concatStringsSep " " targets}"
          TIMEFORMAT='%R %U %S'
          { time $ninja 2>&1; } 2> $result/time
          mark
          ninja -t deps > $result/deps
          echo "$prefixes" > $result/prefixes
          cp -R "$NIX_BUILD_TOP/source" $result/tree
          mark
        '';
        installPhase = args.installPhase or "ninja install";
        movePhase = ''
          mark
          for pair in $prefixes; do
            [ ! -e "''${pair#*=}" ] || cp -R "''${pair#*=}" "$result/installed/''${pair%%=*}"
          done
        '';
        # From the place and the times of a warm build directory: absolute paths are in it.
        editPhase = ''
          number=0
          cd "$NIX_BUILD_TOP"
          [ -z "$edits" ] || mv source built
          for edit in $edits; do
            cp -a built source
            (cd "$edit" && find . -type f) | while read -r file; do
              cmp -s "$edit/$file" "source/$file" && continue
              cp --no-preserve=mode,timestamps "$edit/$file" "source/$file"
            done
            mkdir -p "$result/edits/$number"
            (cd source/build && NINJA_STATUS=@ $ninja > "$result/edits/$number/log") || { cat "$result/edits/$number/log"; exit 1; }
            grep -c '^@' "$result/edits/$number/log" > "$result/edits/$number/count" || true
            mv source "$result/edits/$number/tree"
            number=$((number + 1))
          done
        '';
      }
    );
}
