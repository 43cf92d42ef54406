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
  npm ? null,
  planner ? builtins.path {
    path = ./dist/builder;
    name = "unravel-builder";
  },
}@args:
import ./templates/lib {
  inherit stdenv nodejs planner;
  npm =
    if npm != null then
      npm
    else if args ? nodejs then
      nodejs
    else
      toolchain.npm or nodejs;
}
