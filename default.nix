# The functions of unravel with a toolchain: `(import ./. { }).ninja { ... }`.
#
# Without arguments the toolchain is the one that scripts/setup-toolchain.sh made; with nixpkgs it is
# `import ./. { inherit (pkgs) stdenv nodejs; }`. The planner is what `npm run bundle` wrote.
{
  toolchain ?
    let
      cache = builtins.getEnv "UNRAVEL_CACHE";
    in
    import (if cache == "" then ./.cache/toolchain.nix else /. + cache + "/toolchain.nix"),
  stdenv ? toolchain.stdenv,
  nodejs ? toolchain.nodejs,
  planner ? builtins.path {
    path = ./dist/builder;
    name = "unravel-builder";
  },
}:
import ./templates/lib { inherit stdenv nodejs planner; }
