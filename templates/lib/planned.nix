# What the functions of ./ninja.nix, ./make.nix and ./kernel.nix share: from a source to a package through skeleton,
# configured files, plan, emission and root.
{
  stdenv,
  nodejs,
  planner,
  scripts,
  shared,
}:
let
  inherit (shared) contentAddressed pick runPlanner sourceOf system;

  # Files of a source that are seen whole by configure (globs), and words that skeletons keep (a regular expression).
  skeletonOf =
    {
      pname,
      source,
      whole ? [ ],
      words ? "",
      # Whether an install phase looks at the source.
      installs ? true,
    }:
    runPlanner "${pname}-skeleton" (
      {
        # `install` has the headers whole, which lie over `out` for an install phase.
        outputs = [ "out" ] ++ (if installs then [ "install" ] else [ ]);
        args = [ "skeleton" ];
        inherit source;
        whole = builtins.toJSON whole;
      }
      // (if words == "" then { } else { inherit words; })
    );

  # From a configured tree to the tree of everything that was built: { plan; entry; root; }.
  planned =
    {
      pname,
      frontend,
      source,
      skeleton,
      # a derivation with `out`, what configuring added to the skeleton, and `environment`
      configured,
      buildDirectory ? "",
      targets ? [ ],
      extraInputs ? [ ],
      sink ? "outputs",
      # More settings of the plan stage, and of the stages that write derivations.
      planSettings ? { },
      emitSettings ? { },
      # as for `skeletonOf`
      words ? "",
      # Trees with files that steps make, known before: what includes them is planned at once.
      made ? [ ],
    }:
    let
      sinks = {
        outputs = {
          # Two levels: the number of emitted objects is not known at evaluation, so the first prints the second. Both
          # are named like the package because emitted objects take their names from it.
          attributes = {
            name = "${pname}.drv";
            builder = stdenv.shell;
            args = [ "${scripts.entry}" ];
          };
          rootOf = entry: builtins.outputOf (builtins.outputOf entry "r-root.drv") "out";
        };
        recursive-nix = {
          attributes = {
            name = "${pname}-r-root.drv";
            builder = "${nodejs}/bin/node";
            args = [ "${planner}/unravel-builder.mjs" "deliver" ];
            requiredSystemFeatures = [ "recursive-nix" ];
            # A remote builder would send back the root without the derivations it names.
            preferLocalBuild = true;
          };
          rootOf = entry: builtins.outputOf entry "out";
        };
        # Of Nix 2.36, which is not released: the same stage speaks it, and no real Nix has heard it.
        builder-rpc = sinks.recursive-nix // {
          attributes = sinks.recursive-nix.attributes // {
            requiredSystemFeatures = [ "builder-rpc-v0" ];
          };
        };
      };

      # What emitted derivations run with.
      emission = builtins.toJSON (
        {
          inherit system;
          shell = "${stdenv.shell}";
          node = "${nodejs}";
          planner = "${planner}";
          stepScript = "${scripts.step}";
          interfaceScript = "${scripts.interface}";
          rootScript = "${scripts.root}";
          forwardScript = "${scripts.forward}";
        }
        // emitSettings
      );

      # A step that includes generated headers can be planned when they are there: each phase plans with what the
      # phases before it generated. Phases that nobody needs are written down and never built.
      maxPhases = 8;
      phase =
        depth: generated:
        let
          plan = runPlanner "${pname}-plan" {
            # `entry` is the derivation that emits, with gaps for paths that only the entry knows.
            outputs = [ "out" "install" "entry" ];
            args = [ "plan" ];
            inherit skeleton emission;
            configured = configured.out;
            generated = builtins.concatStringsSep " " (map toString generated);
            settings = builtins.toJSON ({
              name = pname;
              inherit frontend;
              root = "/build/source";
              inherit buildDirectory targets extraInputs;
            } // planSettings);
          };

          # Sources meet the plan here: of the derivations before the steps, only these and the skeleton run for an edit.
          entryFor =
            purpose: next: nextRoot:
            derivation (
              sinks.${sink}.attributes
              // {
                inherit system plan source purpose next nextRoot;
                settings = emission;
                __contentAddressed = true;
                outputHashMode = "text";
                outputHashAlgo = "sha256";
                configured = configured.out;
                environment = configured.environment;
                template = plan.entry;
              }
            );
          rootOf = entry: sinks.${sink}.rootOf entry.outPath;

          scanned = runPlanner "${pname}-generated" (
            {
              args = [ "generated" ];
              tree = rootOf (entryFor "generated" "" "");
            }
            // (if words == "" then { } else { inherit words; })
          );
          following = phase (depth + 1) (generated ++ [ scanned ]);
          isLast = depth == maxPhases;
          next = if isLast then "" else builtins.unsafeDiscardOutputDependency following.entry.drvPath;
          # Only its placeholder: the derivation that is written now waits for it, this one does not.
          nextRoot = if isLast then "" else builtins.unsafeDiscardStringContext (rootOf following.entry);
          entry = entryFor "build" next nextRoot;
        in
        {
          inherit plan entry;
          root = rootOf entry;
        };
    in
    { inherit (phase 1 made) plan entry root; };

  # One function per build tool. `frontend` is how the planner reads the graph that configuring leaves.
  project =
    {
      frontend,
      # Attributes that only configuring and installing see: they are no part of the steps' environment.
      own ? [ ],
      # More attributes of the derivations that configure and that install.
      configureMore ? { },
      packageMore ? { },
      # More settings of the plan stage.
      planSettings ? { },
      # Whether installing may look into bodies of sources.
      showsSource ? false,
    }:
    {
      pname,
      version,
      src,
      nativeBuildInputs,
      buildInputs,
      targets,
      buildDirectory,
      extraInputs,
      configureFiles,
      sink,
      patches,
      outputs,
      passthru,
      ...
    }@args:
    let
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
      ]
      ++ own;
      given = pick ownAttributes args;
      environmentAttributes = builtins.removeAttrs args ownAttributes;

      source = sourceOf args;

      skeleton = skeletonOf {
        inherit pname source;
        whole = configureFiles;
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
        // pick ([ "preConfigure" "configurePhase" "postConfigure" "doCheck" ] ++ own) given
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
            ownAttributes
            ++ [ "skeleton" "prefixes" "captureEnvironment" "ownAttributes" "environment" ]
            ++ builtins.attrNames configureMore
          );
          unpackPhase = ''
            . "$captureEnvironment"
            unravelUnpack
          '';
          installPhase = ''
            unravelCapture
          '';
        }
        // configureMore
      );

      inherit
        (planned {
          inherit pname frontend source skeleton configured buildDirectory targets extraInputs sink planSettings;
        })
        plan
        entry
        root
        ;
    in
    stdenv.mkDerivation (
      environmentAttributes
      // pick (
        [ "preInstall" "installPhase" "postInstall" "preFixup" "fixupPhase" "postFixup" "checkPhase" "doCheck" "meta" ]
        ++ own
      ) given
      // contentAddressed
      // (if version == "" then { name = pname; } else { inherit pname version; })
      // {
        inherit nativeBuildInputs buildInputs buildDirectory outputs;
        source = if showsSource then source else skeleton.out;
        wholeHeaders = if showsSource then "" else skeleton.install;
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
      // packageMore
    );
in
{
  inherit contentAddressed runPlanner skeletonOf planned project;
}
