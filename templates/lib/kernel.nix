# unravel.kernel { pname; version; src; config; ... }: a Linux kernel, one derivation per object.
#
#   src ──> skeleton ──> configured ──> captured ──> plan ──> emit ──> package
#    └──────────────────────────────────────────────────────────┘ file contents
#
# configured is Kconfig's own work (make's config targets and syncconfig), captured the list of what make would run
# (builder/make-capture.sh). Neither sees a function body, except of the programs that configuring itself compiles.
{
  stdenv,
  scripts,
  planned,
  shared,
  checker,
}:
arguments:
let
  args = checker.checkKnown "unravel.kernel" (with checker.types; {
    pname = string // { default = "linux"; };
    version = string // { default = ""; };
    src = path;
    # The target that makes the first .config ("tinyconfig", "defconfig", ...), or a whole .config file.
    defconfig = either string path // { default = "defconfig"; };
    # On top of it: fragment files, or sets like { PRINTK = true; LOG_BUF_SHIFT = 14; LOCALVERSION = "-x"; }.
    config =
      let
        fragment = either path attrs;
        isFragments = value: builtins.all fragment.test (if builtins.isList value then value else [ value ]);
      in
      type "a path, a set of options, or a list of those" isFragments // { default = [ ]; };
    # kbuild's name of the machine (ARCH=).
    arch = string // { default = "x86_64"; };
    # What make would be asked to build.
    targets = listOf string // { default = [ "vmlinux" ]; };
    # Files to build of all that these need ("init/main.o"): all when empty.
    parts = listOf string // { default = [ ]; };
    nativeBuildInputs = list // { default = [ ]; };
    buildInputs = list // { default = [ ]; };
    # As in stdenv.mkDerivation, like postPatch: `patchShebangs scripts` for scripts that start with /usr/bin/env.
    patches = list // { default = [ ]; };
    # Becomes part of the kernel: same values, same bytes.
    buildTimestamp = string // { default = "Thu Jan  1 00:00:00 UTC 1970"; };
    buildUser = string // { default = "unravel"; };
    buildHost = string // { default = "unravel"; };
    sink = sinks // { default = "outputs"; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (args)
    pname
    version
    src
    defconfig
    config
    arch
    targets
    parts
    nativeBuildInputs
    buildInputs
    patches
    buildTimestamp
    buildUser
    buildHost
    sink
    passthru
    meta
    ;

  source =
    if builtins.isString src && patches == [ ] && shared.pick shared.sourcePhases args == { } then
      src
    else
      shared.sourceOf args;

  inherit (planned) contentAddressed;
  # What a file looks at of the configuration: kbuild's fixdep goes by the same words.
  words = "\\bCONFIG_\\w+";
  skeleton = planned.skeletonOf {
    inherit pname source words;
    installs = false;
    # Configuring compiles these for the machine that builds.
    whole = [ "scripts/basic/*" "scripts/kconfig/**" ];
  };

  environment = {
    ARCH = arch;
    KBUILD_BUILD_TIMESTAMP = buildTimestamp;
    KBUILD_BUILD_USER = buildUser;
    KBUILD_BUILD_HOST = buildHost;
    KBUILD_BUILD_VERSION = "1";
    LC_ALL = "C";
    TZ = "UTC";
  }
  // builtins.removeAttrs args ownAttributes;
  ownAttributes = shared.sourcePhases ++ [
    "pname"
    "version"
    "src"
    "patches"
    "defconfig"
    "config"
    "arch"
    "targets"
    "parts"
    "nativeBuildInputs"
    "buildInputs"
    "buildTimestamp"
    "buildUser"
    "buildHost"
    "sink"
    "passthru"
    "meta"
  ];

  # A set becomes a fragment; a fragment that kbuild does not follow is an error (builder/kernel-config.sh).
  fragmentOf =
    fragment:
    if builtins.isAttrs fragment && !(fragment ? outPath) then
      builtins.toFile "options" (
        builtins.concatStringsSep "" (
          map (
            name:
            let
              value = fragment.${name};
            in
            if value == false || value == null then
              "# CONFIG_${name} is not set\n"
            else if value == true then
              "CONFIG_${name}=y\n"
            else if value == "m" || builtins.isInt value then
              "CONFIG_${name}=${toString value}\n"
            else
              "CONFIG_${name}=\"${value}\"\n"
          ) (builtins.attrNames fragment)
        )
      )
    else
      "${fragment}";
  fragments = map fragmentOf (if builtins.isList config then config else [ config ]);

  stage = name: attributes: stdenv.mkDerivation (
    environment
    // contentAddressed
    // {
      inherit name nativeBuildInputs buildInputs skeleton;
      prefixes = "out=/no-path";
      buildDirectory = "";
      outputs = [ "out" "environment" ];
      inherit (scripts) captureEnvironment;
      phases = [ "unpackPhase" "buildPhase" "installPhase" ];
      ownAttributes = builtins.concatStringsSep " " (
        [ "skeleton" "prefixes" "captureEnvironment" "ownAttributes" "environment" "made" "buildPhase" ]
        ++ builtins.attrNames attributes
      );
      unpackPhase = ''
        . "$captureEnvironment"
        unravelUnpack
        # kbuild has a name of its own for what host programs are linked with.
        export HOSTLDFLAGS="''${HOSTLDFLAGS:-''${LDFLAGS:-}}"
        unset LDFLAGS
      '';
      installPhase = ''
        unravelCapture
      '';
    }
    // attributes
  );

  configured = stage "${pname}-configured" {
    defconfig = "${defconfig}";
    fragments = builtins.concatStringsSep " " fragments;
    inherit (scripts) kernelConfig;
    buildPhase = ''
      . "$kernelConfig"
    '';
  };

  captured = stage "${pname}-captured" {
    outputs = [ "out" "environment" "made" ];
    configuration = configured.out;
    targets = builtins.concatStringsSep " " targets;
    # What kbuild's `cmd` is without a command (traps), and a note for the next make.
    idleLines = "^set -e;[[:space:]]*(trap '[^']*' [A-Z]+;[[:space:]]*)*([{] echo ; echo '[^']*' ; [}] >> [^ ]*[.]cmd[[:space:]]*)?$";
    inherit (scripts) makeCapture makeShell kernelProfile kernelMade;
    buildPhase = ''
      cp -R --no-preserve=mode --preserve=timestamps "$configuration/." .
      # An object's recipe has five lines for what is not configured, with no command in them: a shell each.
      sed -i 's/^cmd = \(@set -e;.*\)$/cmd = $(if $(value cmd_$(1)),\1)/' scripts/Kbuild.include
      unravelMakeShell=$makeShell bash "$makeCapture" --in-place --original "$skeleton" --since "$TMPDIR/.unpacked" \
        --root "$PWD" --output .unravel/make.dump \
        --shell "$(type -P bash)" --profile "$kernelProfile" --skip "$idleLines" --new "$TMPDIR/new" -- $targets
      # make's own notes, of lines that were run; and what the profile pretended.
      find . -name '.*.cmd' -delete
      rm -f System.map
      cp --preserve=timestamps "$skeleton/scripts/Kbuild.include" scripts/
      . "$kernelMade"
    '';
  };

  build = planned.planned {
    inherit pname source skeleton words sink;
    targets = if parts == [ ] then targets else parts;
    frontend = "make";
    configured = captured;
    made = [ captured.made ];
    planSettings.kernel = true;
  };
in
stdenv.mkDerivation (
  contentAddressed
  // (if version == "" then { name = pname; } else { inherit pname version; })
  // {
    inherit meta;
    built = build.root;
    configuration = configured.out;
    phases = [ "installPhase" ];
    installPhase = ''
      mkdir -p "$out"
      cd "$built"
      for file in vmlinux System.map Module.symvers modules.* arch/*/boot/*; do
        # arch/x86_64/boot has links to what is below arch/x86.
        [[ ! -f $file || -L $file || -e $out/''${file##*/} ]] || cp "$file" "$out/"
      done
      find . -name '*.ko' -printf '%P\0' | while IFS= read -r -d "" module; do
        mkdir -p "$out/modules/$(dirname "$module")"
        cp -L "$module" "$out/modules/$module"
      done
      cp "$configuration/.config" "$out/config"
    '';
    passthru = {
      inherit skeleton configured captured source;
      inherit (build) plan entry root;
    } // passthru;
  }
)
