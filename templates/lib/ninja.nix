# unravel.ninja { pname; version; src; ... }: a Ninja project, one derivation per build edge.
#
#   src ──> skeleton ──> configured ──> plan ──> emit (a derivation whose outputs are derivations) ──> package
#    └──────────────────────────────────────────┘ file contents
#
# skeleton, configured and plan see no function bodies: an edit inside one runs none of them again, because every
# output here is content-addressed.
{
  stdenv,
  nodejs,
  planner,
  scripts,
}:
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
let
  system = stdenv.hostPlatform.system;
  contentAddressed = {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };

  # Attributes with a meaning here or for one stage only; all others reach configure and the package, as they
  # would in stdenv.mkDerivation.
  ownAttributes = [
    "pname"
    "version"
    "src"
    "targets"
    "buildDirectory"
    "extraInputs"
    "sink"
    "configureFiles"
    "patches"
    "outputs"
    "passthru"
    "meta"
    "prePatch"
    "postPatch"
    "patchPhase"
    "unpackPhase"
    "preUnpack"
    "postUnpack"
    "sourceRoot"
    "preConfigure"
    "configurePhase"
    "postConfigure"
    "preInstall"
    "installPhase"
    "postInstall"
    "preFixup"
    "fixupPhase"
    "postFixup"
    "checkPhase"
    "doCheck"
  ];
  given = builtins.intersectAttrs (
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) ownAttributes
    )
  ) args;
  pick = names: builtins.intersectAttrs (builtins.listToAttrs (map (name: { inherit name; value = null; }) names)) given;
  environmentAttributes = builtins.removeAttrs args ownAttributes;

  # A plain directory is used as it is; anything that has to be unpacked or patched becomes one first.
  isDirectory = builtins.isPath src || (builtins.isAttrs src && !(src ? drvPath) && src ? outPath);
  isPatched = patches != [ ] || given ? postPatch || given ? prePatch || given ? patchPhase || given ? unpackPhase;
  source =
    if isDirectory && !isPatched then
      (if builtins.isPath src then builtins.path { path = src; name = "source"; } else src)
    else
      stdenv.mkDerivation (
        pick [ "prePatch" "patchPhase" "postPatch" "unpackPhase" "preUnpack" "postUnpack" "sourceRoot" ]
        // contentAddressed
        // {
          name = "${pname}-source";
          inherit src patches nativeBuildInputs;
          phases = [ "unpackPhase" "patchPhase" "installPhase" ];
          installPhase = "cp -R . $out";
        }
      );

  runPlanner = name: attributes: derivation (
    contentAddressed
    // {
      inherit name system;
      builder = "${nodejs}/bin/node";
      PATH = "/no-path";
    }
    // attributes
    // {
      args = [ "${planner}/unravel-builder.mjs" ] ++ attributes.args;
    }
  );

  skeleton = runPlanner "${pname}-skeleton" {
    # `install` is what an install phase can see: everything but the bodies of C-family files that are no headers.
    outputs = [ "out" "install" ];
    args = [ "skeleton" ];
    inherit source;
    whole = builtins.toJSON configureFiles;
  };

  # Not a real path: the package's own is not known when configure runs. It is as long as the real one, so the
  # package can put its own path in its place, in binaries too.
  prefixOf = output:
    let
      name = if version == "" then pname else "${pname}-${version}";
      suffix = if output == "out" then "" else "-${output}";
    in
    "${builtins.storeDir}/${builtins.substring 0 32 (builtins.hashString "sha256" "unravel ${name}${suffix}")}-${name}${suffix}";

  configured = stdenv.mkDerivation (
    environmentAttributes
    // pick [ "preConfigure" "configurePhase" "postConfigure" "doCheck" ]
    // contentAddressed
    // {
      name = "${pname}-configured";
      inherit nativeBuildInputs buildInputs skeleton buildDirectory;
      # `out` comes first because nixpkgs' hooks want one.
      outputs = [ "out" "environment" ];
      prefixes = builtins.concatStringsSep " " (map (output: "${output}=${prefixOf output}") outputs);
      phases = [ "unpackPhase" "configurePhase" "installPhase" ];
      inherit (scripts) captureEnvironment;
      ownAttributes = builtins.concatStringsSep " " (
        ownAttributes ++ [ "skeleton" "prefixes" "captureEnvironment" "ownAttributes" "environment" ]
      );
      unpackPhase = ''
        . "$captureEnvironment"
        unravelUnpack
      '';
      installPhase = ''
        unravelCapture
      '';
    }
  );

  sinks = {
    outputs = {
      # Two levels: the number of emitted objects is not known at evaluation, so the first prints the second. Both
      # are named like the package because emitted objects take their names from it.
      stage = "entry";
      attributes.name = "${pname}.drv";
      rootOf = entry: builtins.outputOf (builtins.outputOf entry "r-root.drv") "out";
    };
    recursive-nix = {
      stage = "deliver";
      attributes = {
        name = "${pname}-r-root.drv";
        requiredSystemFeatures = [ "recursive-nix" ];
        # A remote builder would send back the root without the derivations it names.
        preferLocalBuild = true;
      };
      rootOf = entry: builtins.outputOf entry "out";
    };
  };

  # A step that includes generated headers can be planned when they are there: each phase plans with what the
  # phases before it generated. Phases that nobody needs are written down and never built.
  maxPhases = 8;
  phase =
    depth: generated:
    let
      plan = runPlanner "${pname}-plan" {
        outputs = [ "out" "install" ];
        args = [ "plan" ];
        inherit skeleton;
        configured = configured.out;
        generated = builtins.concatStringsSep " " (map toString generated);
        settings = builtins.toJSON {
          name = pname;
          frontend = "ninja";
          root = "/build/source";
          inherit buildDirectory targets extraInputs;
        };
      };

      # Sources meet the plan here: of the derivations before the steps, only these and the skeleton run for an edit.
      entryFor =
        purpose: next:
        derivation (
          sinks.${sink}.attributes
          // {
          inherit system plan source purpose next;
          __contentAddressed = true;
          outputHashMode = "text";
          outputHashAlgo = "sha256";
          builder = "${nodejs}/bin/node";
          args = [ "${planner}/unravel-builder.mjs" sinks.${sink}.stage ];
          configured = configured.out;
          environment = configured.environment;
          settings = builtins.toJSON {
            inherit system;
            shell = "${stdenv.shell}";
            node = "${nodejs}";
            planner = "${planner}";
            stepScript = "${scripts.step}";
            rootScript = "${scripts.root}";
            forwardScript = "${scripts.forward}";
          };
        });
      rootOf = entry: sinks.${sink}.rootOf entry.outPath;

      scanned = runPlanner "${pname}-generated" {
        args = [ "generated" ];
        tree = rootOf (entryFor "generated" "");
      };
      following = phase (depth + 1) (generated ++ [ scanned ]);
      next =
        if depth == maxPhases then "" else builtins.unsafeDiscardOutputDependency following.entry.drvPath;
      entry = entryFor "build" next;
    in
    {
      inherit plan entry;
      root = rootOf entry;
    };
  inherit (phase 1 [ ]) plan entry root;
in
stdenv.mkDerivation (
  environmentAttributes
  // pick [ "preInstall" "installPhase" "postInstall" "preFixup" "fixupPhase" "postFixup" "checkPhase" "doCheck" "meta" ]
  // contentAddressed
  // (if version == "" then { name = pname; } else { inherit pname version; })
  // {
    inherit nativeBuildInputs buildInputs buildDirectory outputs;
    source = skeleton.install;
    configured = configured.out;
    built = root;
    installCommand = plan.install;
    prefixes = builtins.concatStringsSep " " (map (output: "${output}=${prefixOf output}") outputs);
    inherit (scripts) install;
    phases = [ "unpackPhase" "checkPhase" "installPhase" "unravelMovePhase" "fixupPhase" ];
    unpackPhase = ''
      . "$install"
      unravelLay
    '';
    installPhase = args.installPhase or ''
      runHook preInstall
      unravelInstall
      runHook postInstall
    '';
    unravelMovePhase = "unravelMove";
    passthru = {
      inherit skeleton configured plan entry root source;
    } // passthru;
  }
)
