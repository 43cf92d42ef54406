# quill as a package, one derivation per edge of its build.ninja: `nix-build samples/ninja`.
{
  unravel ? import ../.. { },
  src ? ./.,
}:
unravel.ninja {
  pname = "quill";
  version = builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile (src + "/VERSION"));
  inherit src;
  configurePhase = ''
    runHook preConfigure
    mkdir build
    cd build
    sh ../configure --prefix="$prefix"
    runHook postConfigure
  '';
}
