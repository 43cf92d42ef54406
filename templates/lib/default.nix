# The functions people import. One toolchain in, one function per ecosystem out:
#
#   unravel = import ./templates/lib { inherit stdenv nodejs planner; };
#
# stdenv   what builds things: nixpkgs' stdenv, or the one of ./debian
# nodejs   runs the planner inside builders
# npm      a Node with npm and include/node, which runs npm projects; nixpkgs' nodejs is one
# planner  the bundle that `npm run bundle` makes (dist/builder)
{
  stdenv,
  nodejs,
  planner,
  npm ? nodejs,
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
    interface = script "interface.sh";
    root = script "root.sh";
    entry = script "entry.sh";
    forward = script "forward.sh";
    cargoRoot = script "cargo-root.sh";
    cargoRun = script "cargo-run.sh";
    cargoRustc = script "cargo-rustc.sh";
    cargoTest = script "cargo-test.sh";
    captureEnvironment = script "capture-environment.sh";
    install = script "install.sh";
    kernelConfig = script "kernel-config.sh";
    kernelMade = script "kernel-made.sh";
    kernelProfile = script "kernel-profile.sh";
    makePhases = script "make-phases.sh";
    makeCapture = script "make-capture.sh";
    makeShell = script "make-shell.sh";
    npmEnvironment = script "npm-environment.mjs";
    npmInstall = script "npm-install.mjs";
    npmLink = script "npm-link.sh";
    npmPackage = script "npm-package.sh";
    layer = script "layer.sh";
    image = script "image.sh";
  };

  # Said here, before anything is built; Nix itself would miss an attribute or an argument somewhere below.
  supported =
    let
      fail = code: message: hint: throw "${message} [${code}]\n  hint: ${hint}";
    in
    functions:
    if builtins.compareVersions builtins.nixVersion "2.34" < 0 then
      fail "nix/too-old" "this is Nix ${builtins.nixVersion}, and unravel needs 2.34 or newer" "use a newer Nix; a daemon counts, too"
    else if !(builtins ? outputOf) then
      fail "nix/feature-off" "the Nix feature dynamic-derivations is off"
        "add `extra-experimental-features = ca-derivations dynamic-derivations` to nix.conf, the daemon's too"
    else
      functions;

  checker = import ./check.nix;
  shared = import ./shared.nix { inherit stdenv nodejs planner; };
  planned = import ./planned.nix { inherit stdenv nodejs planner scripts shared; };
  objectSet = import ./object-set.nix { inherit stdenv nodejs planner scripts; };
in
supported (
  builtins.mapAttrs (_: shared.overridable) {
    cargo = import ./cargo.nix { inherit stdenv nodejs planner scripts shared checker; };
    dynamic = import ./dynamic.nix { inherit objectSet checker; };
    kernel = import ./kernel.nix { inherit stdenv scripts planned shared checker; };
    make = import ./make.nix { inherit (planned) project; inherit stdenv scripts checker; };
    merkle = import ./merkle.nix { inherit objectSet checker; };
    ninja = import ./ninja.nix { inherit (planned) project; inherit checker; };
    graph = import ./graph.nix { inherit (planned) project; inherit stdenv checker; };
    layers = import ./layers.nix { inherit stdenv nodejs planner scripts checker; };
    npm = import ./npm.nix {
      inherit stdenv nodejs npm planner shared checker;
      builderScripts = scripts;
    };
  }
)
