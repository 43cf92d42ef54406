# What the benchmarks build with.
{ toolchain, planner }:
let
  tests = import ../../test/e2e/nix { inherit toolchain planner; };
  inherit (tests) stdenv unravel ninja;
in
tests
// {
  # A project of synthetic.ts.
  synthetic =
    args:
    unravel.ninja (
      {
        pname = "synthetic";
        installPhase = "mkdir -p $out";
        configurePhase = ''
          runHook preConfigure
          mkdir -p build; cd build
          sed "s#PREFIX#$prefix#g" ../build.ninja.in > build.ninja
          runHook postConfigure
        '';
      }
      // args
    );

  # The sample of samples/ninja by both: one derivation per edge, and one in which ninja runs.
  sample = src: import ../../samples/ninja { inherit unravel src; };
  sampleByNinja =
    src:
    stdenv.mkDerivation {
      name = "quill-by-ninja";
      src = builtins.path {
        path = src;
        name = "source";
      };
      nativeBuildInputs = [ ninja ];
      phases = [ "unpackPhase" "configurePhase" "buildPhase" "installPhase" "fixupPhase" ];
      configurePhase = ''
        mkdir build
        cd build
        sh ../configure --prefix="$out"
      '';
      buildPhase = "ninja -j2";
      installPhase = "ninja install";
    };
}
