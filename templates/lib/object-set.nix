# From a derivation that found out which objects a build has, to the build: emits the objects and reaches the root
# among them. Shared by the functions whose objects do not come from a plan.
{
  stdenv,
  nodejs,
  planner,
  scripts,
}:
rec {
  system = stdenv.hostPlatform.system;

  contentAddressed = {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };

  # A derivation that runs one stage of the builder.
  stage =
    name: attributes:
    derivation (
      {
        inherit name system;
        builder = "${nodejs}/bin/node";
        __structuredAttrs = true;
      }
      // attributes
      // {
        args = [ "${planner}/unravel-builder.mjs" ] ++ attributes.args;
      }
    );

  # What emitted derivations run with.
  environment = stdenv.mkDerivation (
    contentAddressed
    // {
      name = "unravel-environment";
      buildCommand = ''
        mkdir "$out"
        printf 'export PATH=%q\n' "$PATH" > "$out/environment.sh"
      '';
    }
  );

  settings = {
    inherit system;
    shell = "${stdenv.shell}";
    node = "${nodejs}";
    planner = "${planner}";
    stepScript = "${scripts.step}";
    rootScript = "${scripts.root}";
    forwardScript = "${scripts.forward}";
  };

  # name        prefix of all names
  # set         directory that a stage wrote with `writeObjectSet`
  # references  store paths that objects of the set may name
  # sink        "outputs" or "recursive-nix"
  emit =
    {
      name,
      set,
      references ? [ ],
      sink ? "outputs",
    }:
    let
      text = {
        __contentAddressed = true;
        outputHashMode = "text";
        outputHashAlgo = "sha256";
        inherit set environment;
        settings = builtins.toJSON (settings // { inherit references; });
      };
      sinks = {
        outputs = rec {
          entry = stage "${name}.drv" (text // { args = [ "set-entry" ]; });
          rootOf = output: builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv") output;
        };
        recursive-nix = rec {
          entry = stage "${name}-r-root.drv" (
            text
            // {
              args = [ "set-deliver" ];
              requiredSystemFeatures = [ "recursive-nix" ];
              preferLocalBuild = true;
            }
          );
          rootOf = output: builtins.outputOf entry.outPath output;
        };
      };
    in
    sinks.${sink};

  # A derivation that stands for outputs of another one, which Nix cannot name before it is built.
  standFor =
    {
      name,
      outputs,
      outputOf,
      passthru ? { },
      meta ? { },
    }:
    stdenv.mkDerivation (
      contentAddressed
      // {
        inherit name outputs passthru meta;
        targets = map outputOf outputs;
        buildCommand = ''
          targets=($targets)
          index=0
          for output in $outputs; do
            ln -s "''${targets[index]}" "''${!output}"
            index=$((index + 1))
          done
        '';
      }
    );
}
