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
}:
{
  pname,
  version ? "",
  src,
  nativeBuildInputs ? [ ],
  buildInputs ? [ ],
  # Where make runs, relative to the source.
  buildDirectory ? ".",
  # As nixpkgs' stdenv has them. The first goes to every make, the second names what to build.
  makeFlags ? [ ],
  buildFlags ? [ ],
  installFlags ? [ ],
  installTargets ? [ "install" ],
  makefile ? "",
  # Steps of the graph to build (`unravel plan` lists them); everything that make would build when empty.
  targets ? [ ],
  # [ { outputs = "gen/**"; files = [ "scripts" ]; } ]: files for commands that read what they do not declare.
  extraInputs ? [ ],
  # Source files (globs) that configure and make itself must see whole; bodies of other C-family files are not there then.
  configureFiles ? [ ],
  # Sourced before each line is captured: says which lines to run (docs/make.md).
  captureProfile ? null,
  # Run every line when capturing: for projects whose makefiles look at what programs of theirs make.
  captureReal ? false,
  doCheck ? false,
  sink ? "outputs",
  patches ? [ ],
  outputs ? [ "out" ],
  passthru ? { },
  meta ? { },
  ...
}@args:
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
    showsSource = doCheck;
  }
  (
    {
      inherit
        version
        nativeBuildInputs
        buildInputs
        buildDirectory
        targets
        extraInputs
        configureFiles
        sink
        patches
        outputs
        passthru
        meta
        makeFlags
        buildFlags
        installFlags
        installTargets
        ;
    }
    // args
  )
