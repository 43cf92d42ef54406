# What the functions of this folder have in common: how a source becomes a directory, and how a stage of the builder runs.
{
  stdenv,
  nodejs,
  planner,
}:
rec {
  system = stdenv.hostPlatform.system;

  contentAddressed = {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };

  # The attributes of these names, as far as there are any.
  pick = names: builtins.intersectAttrs (builtins.listToAttrs (map (name: { inherit name; value = null; }) names));

  # Attributes that change a source before anything is built, as in stdenv.mkDerivation.
  sourcePhases = [ "prePatch" "patchPhase" "postPatch" "unpackPhase" "preUnpack" "postUnpack" "sourceRoot" ];

  # A plain directory is used as it is; anything that has to be unpacked or patched becomes one first.
  isDirectory = src: builtins.isPath src || (builtins.isAttrs src && !(src ? drvPath) && src ? outPath);
  sourceOf =
    {
      pname,
      src,
      patches ? [ ],
      nativeBuildInputs ? [ ],
      ...
    }@args:
    if isDirectory src && patches == [ ] && pick sourcePhases args == { } then
      (if builtins.isPath src then builtins.path { path = src; name = "source"; } else src)
    else
      stdenv.mkDerivation (
        pick sourcePhases args
        // contentAddressed
        // {
          name = "${pname}-source";
          inherit src patches nativeBuildInputs;
          phases = [ "unpackPhase" "patchPhase" "installPhase" ];
          installPhase = "cp -R . $out";
        }
      );

  # The same package of other arguments, given or made of the old ones: `override`. `overrideAttrs` changes what the last
  # derivation does, and leaves the package with both.
  overridable =
    build: arguments:
    let
      package = build arguments;
    in
    package
    // {
      override =
        change:
        overridable build (arguments // (if builtins.isFunction change then change arguments else change));
    }
    // (
      if package ? overrideAttrs then
        { overrideAttrs = change: overridable (given: (build given).overrideAttrs change) arguments; }
      else
        { }
    );

  # A derivation that runs one stage of the builder: its attributes are the stage's environment.
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
}
