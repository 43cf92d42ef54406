# unravel.ninja { pname; version; src; ... }: a Ninja project, one derivation per build edge.
#
#   src ──> skeleton ──> configured ──> plan ──> emit (a derivation whose outputs are derivations) ──> package
#    └──────────────────────────────────────────┘ file contents
#
# skeleton, configured and plan see no function bodies: an edit inside one runs none of them again, because every
# output here is content-addressed.
{ project }:
let
  build =
{
  pname,
  version ? "",
  src,
  nativeBuildInputs ? [ ],
  buildInputs ? [ ],
  # What ninja would be asked to build; the graph's own defaults when empty.
  targets ? [ ],
  # Where ninja would run, relative to the source; what cmake's and meson's hooks use.
  buildDirectory ? "build",
  # [ { outputs = "gen/**"; files = [ "scripts" ]; } ]: files for commands that read what they do not declare.
  extraInputs ? [ ],
  # Source files (globs) that configure must see whole; bodies of other C-family files are not there then.
  configureFiles ? [ ],
  # How emitted derivations reach the store: "outputs" (nothing but content-addressed and dynamic derivations) or
  # "recursive-nix" (that experimental feature; faster for a thousand steps and more, local builds only).
  sink ? "outputs",
  patches ? [ ],
  outputs ? [ "out" ],
  # Made ahead of the steps when true: everything in the graph that is not wanted by `targets` stays unbuilt.
  passthru ? { },
  meta ? { },
  ...
}@args:
project {
  frontend = "ninja";
} (
  {
    inherit version nativeBuildInputs buildInputs targets buildDirectory extraInputs configureFiles sink patches outputs passthru meta;
  }
  // args
)
# The same package of other arguments; overrideAttrs changes what the last derivation does, installation and after.
// {
  override = change: build (args // (if builtins.isFunction change then change args else change));
};
in
build
