# The functions people import. One toolchain in, one function per ecosystem out:
#
#   unravel = import ./templates/lib { inherit stdenv nodejs planner; };
#
# stdenv   what builds things: nixpkgs' stdenv, or the one of ./debian
# nodejs   runs the planner inside builders
# planner  the bundle that `npm run bundle` makes (dist/builder)
{
  stdenv,
  nodejs,
  planner,
}:
let
  # Emitted derivations name their scripts, so each script is a store object of its own: editing one re-keys
  # only what runs it.
  script = name: builtins.path {
    inherit name;
    path = ../builder + "/${name}";
  };
  scripts = {
    step = script "step.sh";
    root = script "root.sh";
    forward = script "forward.sh";
    captureEnvironment = script "capture-environment.sh";
    install = script "install.sh";
  };
in
{
  ninja = import ./ninja.nix { inherit stdenv nodejs planner scripts; };
}
