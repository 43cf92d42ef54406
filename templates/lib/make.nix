# unravel.make { pname; version; src; makeFlags; buildFlags; ... }: a Make project, one derivation per recipe.
#
#   src ──> skeleton ──> configured ──> plan ──> emit (a derivation whose outputs are derivations) ──> package
#    └──────────────────────────────────────────┘ file contents
#
# `configured` also captures what make would run (builder/make-capture.sh): no compiler runs in it, and function bodies
# are not there, so that an edit of one does not run it again. Installing is the project's own `make install`, in a
# tree where everything is built.
{
  project,
  stdenv,
  scripts,
  checker,
}:
arguments:
let
  args = checker.checkKnown "unravel.make" (with checker.types; {
    pname = string;
    version = string // { default = ""; };
    src = path;
    nativeBuildInputs = list // { default = [ ]; };
    buildInputs = list // { default = [ ]; };
    # Where make runs, relative to the source.
    buildDirectory = string // { default = "."; };
    # As nixpkgs' stdenv has them. The first goes to every make, the second names what to build.
    makeFlags = flags // { default = [ ]; };
    buildFlags = flags // { default = [ ]; };
    installFlags = flags // { default = [ ]; };
    installTargets = flags // { default = [ "install" ]; };
    makefile = string // { default = ""; };
    # Steps of the graph to build (`unravel plan` lists them); everything that make would build when empty.
    targets = listOf string // { default = [ ]; };
    # [ { outputs = "gen/**"; files = [ "scripts" ]; } ]: files for commands that read what they do not declare.
    extraInputs = grants // { default = [ ]; };
    # Source files (globs) that configure and make itself must see whole; bodies of other C-family files are not there then.
    configureFiles = listOf string // { default = [ ]; };
    # Sourced before each line is captured: says which lines to run (docs/make.md).
    captureProfile = nullOr path // { default = null; };
    # Run every line when capturing: for projects whose makefiles look at what programs of theirs make.
    captureReal = bool // { default = false; };
    doCheck = bool // { default = false; };
    sink = sinks // { default = "outputs"; };
    patches = list // { default = [ ]; };
    outputs = listOf string // { default = [ "out" ]; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (args) captureProfile captureReal;
in
project
  {
    frontend = "make";
    own = [
      "makeFlags"
      "buildFlags"
      "installFlags"
      "installTargets"
      "makefile"
      "captureProfile"
      "captureReal"
      "preBuild"
      "postBuild"
      "checkFlags"
      "checkTarget"
    ];
    configureMore = {
      inherit (scripts) makePhases makeCapture makeShell;
      inherit captureReal;
      captureProfile = if captureProfile == null then "" else "${captureProfile}";
      shell = "${stdenv.shell}";
      phases = [ "unpackPhase" "configurePhase" "unravelMakeCapturePhase" "installPhase" ];
      unravelMakeCapturePhase = ''
        . "$makePhases"
        unravelMakeCapture
      '';
    };
    packageMore = {
      inherit (scripts) makePhases;
      phases = [ "unpackPhase" "unravelBuiltPhase" "checkPhase" "installPhase" "unravelMovePhase" "fixupPhase" ];
      unravelBuiltPhase = ''
        . "$makePhases"
        runHook postBuild
      '';
      installPhase = args.installPhase or ''
        runHook preInstall
        unravelMakeInstall
        runHook postInstall
      '';
    };
    # `make check` compiles what only tests need.
    showsSource = args.doCheck;
  }
  args
