# unravel.graph { pname; version; src; graph; ... }: any project whose steps can be described as JSON
# (docs/graph-format.md), one derivation per step. For build tools that have no function of their own here.
#
#   src ──> skeleton ──> configured (writes the graph) ──> plan ──> emit ──> package
#    └───────────────────────────────────────────────────────────┘ file contents
{
  project,
  stdenv,
  checker,
}:
arguments:
let
  given = checker.checkKnown "unravel.graph" (with checker.types; {
    pname = string;
    src = path;
    version = string // { default = ""; };
    graph = either string (either path attrs) // { default = "graph.json"; };
    # Where commands run, and what paths of the graph are relative to.
    buildDirectory = string // { default = "."; };
    targets = listOf string // { default = [ ]; };
    nativeBuildInputs = list // { default = [ ]; };
    buildInputs = list // { default = [ ]; };
    extraInputs = grants // { default = [ ]; };
    configureFiles = listOf string // { default = [ ]; };
    sink = sinks // { default = "outputs"; };
    patches = list // { default = [ ]; };
    outputs = listOf string // { default = [ "out" ]; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (given) graph;

  # As an attribute set: JSON in a file, which may name derivations.
  written = derivation {
    name = "graph.json";
    inherit (stdenv.hostPlatform) system;
    builder = "${stdenv.shell}";
    passAsFile = [ "text" ];
    text = builtins.toJSON graph;
    args = [ "-c" "text=$(< \"$textPath\"); printf '%s\\n' \"$text\" > \"$out\"" ];
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };
  isInSource = builtins.isString graph && builtins.substring 0 1 graph != "/";
  file = if builtins.isAttrs graph && !(graph ? outPath) then "${written}" else "${graph}";
in
project
  {
    frontend = "json";
    planSettings.graphFile = if isInSource then graph else "graph.json";
  }
  (
    {
      # Without one of its own, the project has nothing to configure.
      configurePhase =
        if isInSource then
          ":"
        else
          ''
            mkdir -p "$buildDirectory"
            cp ${file} "$buildDirectory/graph.json"
          '';
    }
    // builtins.removeAttrs given [ "graph" ]
  )
