# unravel.layers { name; contents; ... }: an OCI image whose layers are derivations, one each.
#
#   contents ──> plan (groups the closure) ──> entry ──> emit ──> layers ──> image
#
# Which layers there are follows from the closure, and that is known when the contents are built: plan and emit run
# inside the build. A layer's derivation names its store paths and nothing of the image, so a change of one package
# makes its own layer anew, the links below /, and the small files of the image.
{
  stdenv,
  nodejs,
  planner,
  scripts,
  checker,
}:
arguments:
let
  args = checker.check "unravel.layers" (with checker.types; {
    name = string;
    # Packages whose closure the image holds, and whose files are linked below /.
    contents = listOf path;
    # All layers together, the one of the links included; 1 to 127.
    maxLayers = any // { default = 100; };
    # { openssl = 310; } or a path to the same in JSON: how many packages refer to one. Others count in this closure.
    popularity = either path attrs // { default = { }; };
    # What runs, in OCI's words: { Cmd = [ "/bin/hello" ]; Env = [ "PATH=/bin" ]; }
    config = attrs // { default = { }; };
    tag = string // { default = "latest"; };
    compression = oneOf [ "none" "gzip" ] // { default = "none"; };
    created = string // { default = "1970-01-01T00:00:01Z"; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (args) name contents maxLayers popularity config tag compression created passthru meta;
in
let
  system = stdenv.hostPlatform.system;

  place =
    attribute:
    let
      at = builtins.unsafeGetAttrPos attribute arguments;
    in
    if at == null then "" else "\n  at ${at.file}:${toString at.line}:${toString at.column}";
  wrong =
    attribute: message: hint:
    throw "unravel.layers: ${attribute} ${message} [plan/settings]${place attribute}\n  hint: ${hint}";
  check = attribute: isGood: message: hint: value: if isGood then value else wrong attribute message hint;

  budget =
    check "maxLayers" (builtins.isInt maxLayers && maxLayers >= 1 && maxLayers <= 127)
      "must be a whole number from 1 to 127, not ${shown maxLayers}"
      "container engines stop at 127 layers; 100 leaves room for images that build upon this one"
      maxLayers;
  shown = value: if builtins.isInt value || builtins.isFloat value then toString value else "a ${builtins.typeOf value}";

  configNames = [
    "ArgsEscaped"
    "Cmd"
    "Entrypoint"
    "Env"
    "ExposedPorts"
    "Labels"
    "StopSignal"
    "User"
    "Volumes"
    "WorkingDir"
  ];
  unknown = builtins.filter (field: !(builtins.elem field configNames)) (builtins.attrNames config);
  goodConfig =
    check "config" (unknown == [ ]) "has no field ${builtins.concatStringsSep ", " unknown}"
      "OCI knows ${builtins.concatStringsSep ", " configNames}"
      config;

  # Go's names, which OCI uses.
  cpu = builtins.head (builtins.match "([^-]*)-.*" system);
  architecture =
    {
      x86_64 = "amd64";
      aarch64 = "arm64";
      i686 = "386";
      armv7l = "arm";
      riscv64 = "riscv64";
      powerpc64le = "ppc64le";
      s390x = "s390x";
    }
    .${cpu} or cpu;

  contentAddressed = {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };
  runPlanner = stage: attributes: derivation (
    {
      inherit system;
      builder = "${nodejs}/bin/node";
      args = [ "${planner}/unravel-builder.mjs" stage ];
    }
    // attributes
  );

  table =
    if builtins.isAttrs popularity && !(popularity ? outPath) then
      builtins.toFile "popularity.json" (builtins.toJSON popularity)
    else if builtins.isPath popularity then
      builtins.path { path = popularity; name = "popularity.json"; }
    else
      popularity;
  paths = map (item: "${item}") contents;

  plan = runPlanner "layers-plan" (
    contentAddressed
    // {
      name = "${name}-layers";
      __structuredAttrs = true;
      exportReferencesGraph.closure = paths;
      contents = paths;
      maxLayers = budget;
      popularity = "${table}";
    }
  );

  # What packs layers: the tools of the standard environment, and nothing of this image.
  environment = stdenv.mkDerivation (
    contentAddressed
    // {
      name = "image-environment";
      phases = [ "installPhase" ];
      installPhase = ''
        mkdir -p $out
        printf 'export PATH=%q\n' "$PATH" > $out/environment.sh
      '';
    }
  );

  # Named like the emitted objects: they are its outputs.
  entry = runPlanner "layers-entry" {
    name = "image.drv";
    __contentAddressed = true;
    outputHashMode = "text";
    outputHashAlgo = "sha256";
    inherit plan environment;
    settings = builtins.toJSON {
      inherit system;
      shell = "${stdenv.shell}";
      node = "${nodejs}";
      planner = "${planner}";
      stepScript = "${scripts.layer}";
      rootScript = "${scripts.image}";
      forwardScript = "${scripts.forward}";
      image = {
        inherit architecture created tag;
        config = goodConfig;
        inherit compression;
      };
    };
  };
  root = builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv") "out";

  archive = stdenv.mkDerivation (
    contentAddressed
    // {
      name = "${name}.tar";
      inherit root;
      phases = [ "installPhase" ];
      __structuredAttrs = true;
      unsafeDiscardReferences.out = true;
      installPhase = ''
        tar --create --file="$out" --format=gnu --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner \
          --mode=u+w,go-w --dereference --hard-dereference --directory="$root" oci-layout index.json blobs
      '';
    }
  );
in
stdenv.mkDerivation (
  contentAddressed
  // {
    inherit name root meta;
    phases = [ "installPhase" ];
    installPhase = ''
      ln -s "$root" "$out"
    '';
    passthru = {
      inherit plan entry root archive;
    }
    // passthru;
  }
)
