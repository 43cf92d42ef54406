# The functions of unravel with a toolchain: `(import ./. { }).ninja { ... }`.
#
# Without arguments the toolchain is the one that scripts/setup-toolchain.sh made; with nixpkgs it is
# `pkgs.callPackage ./. { }`, or `import ./. { inherit (pkgs) stdenv nodejs; }`. The planner is what `npm run bundle`
# wrote. No other argument has the name of a package: nixpkgs has a `planner`, and an `npm`.
{
  toolchain ?
    let
      cache = builtins.getEnv "UNRAVEL_CACHE";
    in
    import (if cache == "" then ./.cache/toolchain.nix else /. + cache + "/toolchain.nix"),
  stdenv ? toolchain.stdenv,
  nodejs ? toolchain.nodejs,
  nodeWithNpm ? null,
  plannerBundle ? builtins.path {
    path = ./dist/builder;
    name = "unravel-builder";
  },
}@args:
import ./templates/lib {
  inherit stdenv nodejs;
  planner = plannerBundle;
  npm =
    if nodeWithNpm != null then
      nodeWithNpm
    else if args ? nodejs then
      nodejs
    else
      toolchain.npm or nodejs;
}
