# Two programs that share a library, as an image with a layer each: `nix-build samples/layers`.
{
  toolchain ?
    let
      cache = builtins.getEnv "UNRAVEL_CACHE";
    in
    import (if cache == "" then ../../.cache/toolchain.nix else /. + cache + "/toolchain.nix"),
  stdenv ? toolchain.stdenv,
  unravel ? import ../.. { inherit stdenv; },
  src ? ./.,
  maxLayers ? 20,
  popularity ? { },
  compression ? "none",
}:
let
  file = name: builtins.path { path = src + "/${name}"; };
  # Stripped, so that no path of a source is in them. Content-addressed: what is built anew and comes out the same changes no layer.
  package = name: attributes: stdenv.mkDerivation (
    {
      inherit name;
      __contentAddressed = true;
      outputHashMode = "recursive";
      outputHashAlgo = "sha256";
    }
    // attributes
  );
in
rec {
  words = package "words-1.0" {
    header = file "words.h";
    source = file "words.c";
    buildCommand = ''
      mkdir -p $out/include $out/lib
      cp $header $out/include/words.h
      cc -O2 -s -shared -fPIC -Wl,-soname,libwords.so -I$out/include -o $out/lib/libwords.so -x c $source
    '';
  };

  program = name: package name {
    source = file "${name}.c";
    buildInputs = [ words ];
    buildCommand = ''
      mkdir -p $out/bin
      cc -O2 -s -o $out/bin/${name} -x c $source -x none -L${words}/lib -lwords -Wl,-rpath,${words}/lib -I${words}/include
    '';
  };
  greet = program "greet";
  count = program "count";

  image = unravel.layers {
    name = "greetings";
    contents = [ greet count ];
    inherit maxLayers popularity compression;
    config = {
      Cmd = [ "/bin/greet" "image" ];
      Env = [ "PATH=/bin" ];
    };
  };
}
