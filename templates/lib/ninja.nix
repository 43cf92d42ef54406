# unravel.ninja { pname; version; src; ... }: a Ninja project, one derivation per build edge.
#
#   src ──> skeleton ──> configured ──> plan ──> emit (a derivation whose outputs are derivations) ──> package
#    └──────────────────────────────────────────┘ file contents
#
# skeleton, configured and plan see no function bodies: an edit inside one runs none of them again, because every
# output here is content-addressed.
{ project, checker }:
arguments:
project { frontend = "ninja"; } (
  checker.checkKnown "unravel.ninja" (with checker.types; {
    pname = string;
    version = string // { default = ""; };
    src = path;
    nativeBuildInputs = list // { default = [ ]; };
    buildInputs = list // { default = [ ]; };
    # What ninja would be asked to build; the graph's own defaults when empty.
    targets = listOf string // { default = [ ]; };
    # Where ninja would run, relative to the source; what cmake's and meson's hooks use.
    buildDirectory = string // { default = "build"; };
    # Files for commands that read what they do not declare.
    extraInputs = grants // { default = [ ]; };
    # Source files (globs) that configure must see whole; bodies of other C-family files are not there then.
    configureFiles = listOf string // { default = [ ]; };
    # How emitted derivations reach the store: "outputs" (nothing but content-addressed and dynamic derivations) or
    # "recursive-nix" (that experimental feature; faster for a thousand steps and more, local builds only).
    sink = sinks // { default = "outputs"; };
    patches = list // { default = [ ]; };
    outputs = listOf string // { default = [ "out" ]; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments
)
