# unravel.cargo { pname; version; src; rustc; cargo; ... }: a project with a Cargo.lock, in the shape of nixpkgs'
# rustPlatform.buildRustPackage, without a hash of its dependencies: one derivation per run of rustc.
#
#   src ──> skeleton ──> fetches ──> vendored packages ──> unit graph ──> entry ──> emit ──> units ──> root ──> package
#                (Cargo.lock)                           (cargo, offline)            (sources)
#
# The skeleton keeps manifests, lockfile and the names of Rust files, so that an edit of a source file asks cargo
# nothing. Every output is content-addressed.
{
  stdenv,
  nodejs,
  planner,
  scripts,
  shared,
  checker,
}:
arguments:
let
  args = checker.checkKnown "unravel.cargo" (with checker.types; {
    pname = string;
    version = string // { default = ""; };
    src = path;
    # Packages with bin/rustc and bin/cargo; cargo only plans, units run rustc.
    rustc = path;
    cargo = path;
    # { lockFile = ./Cargo.lock; }: when src is not a path that Nix can read while it evaluates, or has no lockfile.
    cargoLock = attrs // { default = { }; };
    # Where the workspace lies in src.
    cargoRoot = string // { default = ""; };
    # Where cargo is asked: a member's directory selects that member, as for cargo itself.
    buildAndTestSubdir = string // { default = arguments.cargoRoot or ""; };
    # "release", "debug" or a profile of the manifest.
    buildType = string // { default = "release"; };
    buildFeatures = listOf string // { default = [ ]; };
    buildNoDefaultFeatures = bool // { default = false; };
    # What `cargo build` takes to select targets: [ "--bin" "x" ], [ "--workspace" ], …
    cargoBuildFlags = listOf string // { default = [ ]; };
    # A target triple; the host's own otherwise.
    target = nullOr string // { default = null; };
    RUSTFLAGS = nullOr string // { default = null; };
    doCheck = bool // { default = true; };
    # For `cargo test`: those of the build unless given.
    checkType = string // { default = arguments.buildType or "release"; };
    checkFeatures = listOf string // { default = arguments.buildFeatures or [ ]; };
    checkNoDefaultFeatures = bool // { default = arguments.buildNoDefaultFeatures or false; };
    cargoTestFlags = listOf string // { default = arguments.cargoBuildFlags or [ ]; };
    # Arguments of each test binary: [ "--skip=slow" ].
    checkFlags = listOf string // { default = [ ]; };
    # Whether rust-toolchain.toml must ask for the given rustc.
    checkToolchain = bool // { default = true; };
    # { "<index address>" = "<dl of its config.json>"; }: registries beside the public one.
    registries = attrs // { default = { }; };
    # { "git+https://…#<commit>" = <checkout>; }: git sources, where Nix should not fetch them itself.
    gitSources = attrs // { default = { }; };
    # { member = [ "data/words.txt" ]; }: files of the tree that macros read without naming them.
    extraSources = attrs // { default = { }; };
    nativeBuildInputs = list // { default = [ ]; };
    buildInputs = list // { default = [ ]; };
    patches = list // { default = [ ]; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (args)
    pname
    version
    src
    rustc
    cargo
    cargoLock
    cargoRoot
    buildAndTestSubdir
    buildType
    buildFeatures
    buildNoDefaultFeatures
    cargoBuildFlags
    target
    RUSTFLAGS
    doCheck
    registries
    gitSources
    extraSources
    nativeBuildInputs
    buildInputs
    passthru
    meta
    checkType
    checkFeatures
    checkNoDefaultFeatures
    cargoTestFlags
    checkFlags
    checkToolchain
    ;
  inherit (shared) contentAddressed runPlanner sourceOf sourcePhases system;

  # Attributes with a meaning here; all others reach build scripts, linkers and the package.
  ownAttributes = [
    "pname"
    "version"
    "src"
    "rustc"
    "cargo"
    "cargoLock"
    "cargoHash"
    "cargoDeps"
    "cargoRoot"
    "buildAndTestSubdir"
    "buildType"
    "buildFeatures"
    "buildNoDefaultFeatures"
    "cargoBuildFlags"
    "target"
    "RUSTFLAGS"
    "doCheck"
    "checkType"
    "checkFeatures"
    "checkNoDefaultFeatures"
    "cargoTestFlags"
    "checkFlags"
    "checkToolchain"
    "registries"
    "gitSources"
    "extraSources"
    "patches"
    "passthru"
    "meta"
  ];
  packagePhases = [
    "buildPhase"
    "preBuild"
    "postBuild"
    "checkPhase"
    "installPhase"
    "preInstall"
    "postInstall"
    "fixupPhase"
    "preFixup"
    "postFixup"
    "installCheckPhase"
    "doInstallCheck"
    "outputs"
  ];

  isDirectory = shared.isDirectory src;
  source = sourceOf args;

  below = path: if cargoRoot == "" || cargoRoot == "." then path else "${cargoRoot}/${path}";

  # Commits have no hash that Nix could fetch by, but Nix itself can fetch a commit while it evaluates. That the
  # lockfile is read for it is no import from a derivation: it is a file of the source.
  lockText =
    if cargoLock ? lockFileContents then
      cargoLock.lockFileContents
    else if cargoLock ? lockFile then
      builtins.readFile cargoLock.lockFile
    else if isDirectory && builtins.pathExists "${src}/${below "Cargo.lock"}" then
      builtins.readFile "${src}/${below "Cargo.lock"}"
    else
      null;
  givenLock =
    if cargoLock == { } then "" else builtins.toFile "Cargo.lock" (if lockText == null then "" else lockText);

  # Repositories that the tree has vendored are not fetched: those that cargo's configuration replaces.
  configurations = builtins.filter (file: isDirectory && builtins.pathExists "${src}/${file}") [
    (below ".cargo/config.toml")
    ".cargo/config.toml"
  ];
  replacedGit = builtins.concatMap (
    file:
    let
      sources = (builtins.fromTOML (builtins.readFile "${src}/${file}")).source or { };
      isVendored = entry: entry ? git && sources.${entry.replace-with or ""}.directory or null != null;
    in
    map (entry: entry.git) (builtins.filter isVendored (builtins.attrValues sources))
  ) configurations;
  isReplaced = id: builtins.elem (builtins.elemAt (builtins.match "git\\+([^?#]+).*" id) 0) replacedGit;
  lockedGit =
    if lockText == null then
      [ ]
    else
      builtins.filter (id: builtins.match "git\\+.*" id != null && !(isReplaced id)) (
        map (entry: entry.source or "") ((builtins.fromTOML lockText).package or [ ])
      );
  checkout =
    id:
    let
      parts = builtins.match "git\\+([^?#]+)([?][^#]*)?#([0-9a-f]+)" id;
    in
    builtins.fetchGit {
      url = builtins.elemAt parts 0;
      rev = builtins.elemAt parts 2;
      allRefs = true;
      submodules = true;
    };
  checkouts = builtins.listToAttrs (map (id: { name = id; value = "${checkout id}"; }) (
    builtins.filter (id: !(gitSources ? ${id})) lockedGit
  )) // builtins.mapAttrs (_: path: "${path}") gitSources;

  text = {
    __contentAddressed = true;
    outputHashMode = "text";
    outputHashAlgo = "sha256";
  };

  skeleton = runPlanner "${pname}-skeleton" {
    args = [ "cargo-skeleton" ];
    inherit source;
  };

  # The lockfile by itself: what is fetched follows from nothing else.
  lock = runPlanner "Cargo.lock" {
    args = [ "cargo-lock" ];
    outputHashMode = "flat";
    inherit skeleton;
    file = below "Cargo.lock";
    given = givenLock;
  };

  # A store object of its own: the planner changes without unpacking every package anew.
  unpacker = derivation (
    contentAddressed
    // {
      name = "unravel-crate.mjs";
      inherit system;
      builder = "${nodejs}/bin/node";
      args = [ "-e" "fs.copyFileSync(process.env.file, process.env.out)" ];
      file = "${planner}/unravel-crate.mjs";
      outputHashMode = "flat";
    }
  );

  # What compiling alone needs: nothing of the project, so that projects share what they compile.
  compiler = stdenv.mkDerivation (
    contentAddressed
    // {
      name = "cargo-compiler";
      nativeBuildInputs = [ rustc ];
      phases = [ "installPhase" ];
      installPhase = ''
        mkdir "$out"
        printf 'export PATH=%q\nexport CARGO=%q\n' "$PATH" ${cargo}/bin/cargo > "$out/environment.sh"
      '';
    }
  );

  # What build scripts, linkers and tests run with.
  environment = stdenv.mkDerivation (
    builtins.removeAttrs args (ownAttributes ++ sourcePhases ++ packagePhases)
    // contentAddressed
    // {
      name = "cargo-environment";
      nativeBuildInputs = [ rustc ] ++ nativeBuildInputs;
      inherit buildInputs;
      CARGO = "${cargo}/bin/cargo";
      phases = [ "installPhase" ];
      inherit (scripts) captureEnvironment;
      installPhase = ''
        mkdir "$out"
        . "$captureEnvironment"
        declare -A internal=([out]=1 [captureEnvironment]=1)
        for name in $(unravelNixVariables); do internal[$name]=1; done
        for name in $(compgen -e | LC_ALL=C sort); do
          [[ -z ''${internal[$name]:-} ]] || continue
          value=''${!name//"$out"/"/nowhere"}
          if [[ $value =~ -frandom-seed=[a-z0-9]+ ]]; then
            value=''${value//"''${BASH_REMATCH[0]}"/-frandom-seed=unravel}
          fi
          printf 'export %s=%q\n' "$name" "$value"
        done > "$out/environment.sh"
      '';
    }
  );

  common = {
    inherit system;
    shell = "${stdenv.shell}";
    node = "${nodejs}";
    planner = "${planner}";
    forwardScript = "${scripts.forward}";
  };

  # The names are the same for every project: so are the paths of what they have in common.
  crates = derivation (
    text
    // {
      name = "cargo.drv";
      inherit system lock;
      environment = compiler;
      builder = "${nodejs}/bin/node";
      args = [ "${planner}/unravel-builder.mjs" "cargo-crates-entry" ];
      settings = builtins.toJSON (
        common
        // {
          inherit registries unpacker;
          gitSources = checkouts;
          references = [ unpacker ] ++ builtins.attrValues checkouts;
        }
      );
    }
  );
  vendor = builtins.outputOf (builtins.outputOf crates.outPath "r-root.drv") "out";

  profileArguments =
    type:
    if type == "release" then
      [ "--release" ]
    else if type == "debug" then
      [ ]
    else
      [ "--profile" type ];
  featureArguments =
    features: noDefault:
    (if noDefault then [ "--no-default-features" ] else [ ])
    ++ (if features == [ ] then [ ] else [ "--features" (builtins.concatStringsSep "," features) ]);

  # What cargo takes from its environment for profiles: CARGO_PROFILE_RELEASE_LTO and the like.
  profileVariables =
    let
      given = args.env or { } // args;
      textOf = value: if builtins.isBool value then builtins.toJSON value else toString value;
      names = builtins.filter (name: builtins.match "CARGO_PROFILE_.*" name != null) (builtins.attrNames given);
    in
    builtins.listToAttrs (map (name: { inherit name; value = textOf given.${name}; }) names);

  graphOf =
    {
      command,
      type,
      features,
      noDefault,
      flags,
    }:
    runPlanner "${pname}-unit-graph" (profileVariables // {
      args = [ "cargo-graph" ];
      PATH = "${rustc}/bin:${cargo}/bin:${builtins.concatStringsSep ":" (map (tool: "${tool}/bin") (stdenv.initialPath or [ ]))}";
      inherit skeleton vendor;
      # Whole: the other lacks what the tree has vendored.
      lock = givenLock;
      settings = builtins.toJSON {
        inherit command target checkToolchain;
        directory = if buildAndTestSubdir == "." then "" else buildAndTestSubdir;
        cargoRoot = if cargoRoot == "." then "" else cargoRoot;
        profile = if type == "debug" then "dev" else type;
        rustflags = RUSTFLAGS;
        arguments = profileArguments type ++ featureArguments features noDefault ++ flags;
      };
    });

  unitsOf =
    purpose: graph:
    let
      entry = derivation (
        text
        // {
          name = "cargo.drv";
          inherit system graph source vendor environment compiler;
          builder = "${nodejs}/bin/node";
          args = [ "${planner}/unravel-builder.mjs" "cargo-entry" ];
          settings = builtins.toJSON (
            common
            // {
              inherit purpose extraSources checkFlags;
              rustcScript = "${scripts.cargoRustc}";
              runScript = "${scripts.cargoRun}";
              testScript = "${scripts.cargoTest}";
              rootScript = "${scripts.cargoRoot}";
              references = [
                "${scripts.cargoRustc}"
                "${scripts.cargoRun}"
                "${scripts.cargoTest}"
                "${scripts.cargoRoot}"
              ];
            }
          );
        }
      );
    in
    {
      inherit graph entry;
      root = builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv") "out";
    };

  # A derivation for people: links to what a root holds.
  linked =
    name: root:
    stdenv.mkDerivation (
      contentAddressed
      // {
        inherit name root;
        phases = [ "installPhase" ];
        installPhase = ''
          mkdir "$out"
          find "$(readlink -f "$root")" -mindepth 1 -maxdepth 1 -exec ln -s -t "$out" {} +
        '';
      }
    );

  buildGraph = graphOf {
    command = "build";
    type = buildType;
    features = buildFeatures;
    noDefault = buildNoDefaultFeatures;
    flags = cargoBuildFlags;
  };
  build = unitsOf "build" buildGraph;
  testGraph = graphOf {
    command = "test";
    type = checkType;
    features = checkFeatures;
    noDefault = checkNoDefaultFeatures;
    flags = cargoTestFlags;
  };
  check = unitsOf "check" testGraph;

  # Hooks around the installation may want files of the source.
  needsSource = builtins.any (name: args ? ${name}) packagePhases;
in
stdenv.mkDerivation (
  builtins.removeAttrs args (ownAttributes ++ sourcePhases)
  // contentAddressed
  // (if version == "" then { name = pname; } else { inherit pname version; })
  // {
    inherit meta nativeBuildInputs buildInputs;
    inherit (build) root;
    dontConfigure = args.dontConfigure or true;
    buildPhase = args.buildPhase or ''
      runHook preBuild
      runHook postBuild
    '';
    installPhase = args.installPhase or ''
      runHook preInstall
      mkdir -p "$out"
      cp -R -L --no-preserve=mode "$root/." "$out"
      if [[ -d $out/bin ]]; then chmod -R a+x "$out/bin"; fi
      rm -rf "$out/examples"
      runHook postInstall
    '';
    passthru = {
      inherit source skeleton lock crates environment compiler;
      inherit (build) graph entry root;
      vendored = linked "${pname}-vendored" vendor;
      # A link to every unit.
      units = linked "${pname}-units" (unitsOf "units" buildGraph).root;
      testUnits = linked "${pname}-test-units" (unitsOf "units" testGraph).root;
      tests = linked "${pname}-tests" check.root;
    } // passthru;
  }
  // (if needsSource then { src = source; } else { phases = [ "buildPhase" "installPhase" "fixupPhase" ]; })
  # Only that they passed: what they made is empty.
  // (if doCheck then { tests = check.root; } else { })
)
