# unravel.npm { pname; version; src; ... }: a project with a lockfile of npm, in the shape of nixpkgs' buildNpmPackage,
# without a hash of its dependencies.
#
#   src ──> manifests ──> tree ──> entry ──> emit ──> a fetch per tarball, a build per install script, node_modules
#    └────────────────────────────────────────────────────────────────────────────> package
#
# manifests keeps the lockfile, package.json files and patches, and what npm's settings say without tokens. Every output
# is content-addressed: an edit of a source file changes nothing before the package.
{
  stdenv,
  nodejs,
  npm,
  planner,
  builderScripts,
  shared,
}:
let
  plannerNode = nodejs;
  build =
{
  pname,
  version ? "",
  src,
  # Runs the project's scripts, install scripts and the assembly: with npm and include/node, as nixpkgs' is.
  nodejs ? npm,
  # The script of package.json that builds; null for none.
  npmBuildScript ? "build",
  npmFlags ? [ ],
  npmBuildFlags ? [ ],
  npmPackFlags ? [ ],
  # A workspace (its directory) to build and install instead of the whole project.
  npmWorkspace ? null,
  # True: a derivation for each workspace that has the script `npmBuildScript`, in the order of their dependencies.
  workspaces ? false,
  # Where packages without `resolved` are fetched; npm's own default, and the project's .npmrc, otherwise.
  registry ? null,
  # Kinds of dependencies to leave out while building: "dev", "optional", "peer".
  omit ? [ ],
  # "hoisted" is npm's, "isolated" like pnpm's; null is what the lockfile's own tool does.
  layout ? null,
  # { "left-pad@1.3.0" = "sha512-…"; }: packages whose integrity the lockfile does not have.
  integrity ? { },
  # { esbuild = false; sharp = "node install/check"; }: instead of a package's own install scripts.
  scripts ? { },
  # Tools and libraries for install scripts, beside stdenv's own.
  scriptInputs ? [ ],
  nativeBuildInputs ? [ ],
  buildInputs ? [ ],
  patches ? [ ],
  passthru ? { },
  meta ? { },
  ...
}@args:
let
  inherit (shared) contentAddressed runPlanner sourceOf system;

  # Attributes with a meaning here; all others reach the package, as they would in stdenv.mkDerivation.
  ownAttributes = [
    "pname"
    "version"
    "src"
    "nodejs"
    "npmBuildScript"
    "npmFlags"
    "npmBuildFlags"
    "npmPackFlags"
    "npmWorkspace"
    "workspaces"
    "registry"
    "omit"
    "layout"
    "integrity"
    "scripts"
    "scriptInputs"
    "patches"
    "passthru"
    "prePatch"
    "postPatch"
    "patchPhase"
    "unpackPhase"
    "preUnpack"
    "postUnpack"
    "sourceRoot"
  ];
  source = sourceOf args;

  manifests = runPlanner "${pname}-manifests" {
    args = [ "npm-manifests" ];
    # `files` are patches and tarballs that packages are made of.
    outputs = [ "out" "files" ];
    inherit source;
  };

  # A store object of its own: the planner changes without making node_modules anew.
  assembler = derivation (
    contentAddressed
    // {
      name = "unravel-npm.mjs";
      inherit system;
      builder = "${plannerNode}/bin/node";
      args = [ "-e" "fs.copyFileSync(process.env.file, process.env.out)" ];
      file = "${planner}/unravel-npm.mjs";
      outputHashMode = "flat";
    }
  );

  # What install scripts run with.
  environment = stdenv.mkDerivation (
    contentAddressed
    // {
      name = "npm-script-environment";
      nativeBuildInputs = [ nodejs ] ++ scriptInputs;
      UNRAVEL_NPM = "${nodejs}/lib/node_modules/npm";
      inherit (builderScripts) npmEnvironment;
      phases = [ "installPhase" ];
      installPhase = ''
        mkdir $out
        node "$npmEnvironment" $out
      '';
    }
  );

  # node_modules without some kinds of dependencies: the store path that Nix will know once the lockfile is read.
  modulesWithout =
    omit:
    let
      treeWith =
        packages:
        runPlanner "${pname}-tree" {
          args = [ "npm-tree" ];
          manifests = manifests.out;
          patches = manifests.files;
          inherit packages;
          settings = builtins.toJSON {
            inherit registry omit layout integrity system;
            node = nodejs.version or null;
          };
        };
      # The name is the same for every project: so are the paths of what they have in common.
      entryFor =
        purpose: tree: next:
        derivation {
          name = "npm.drv";
          inherit system tree environment next;
          inherit (manifests) files;
          __contentAddressed = true;
          outputHashMode = "text";
          outputHashAlgo = "sha256";
          builder = "${plannerNode}/bin/node";
          args = [ "${planner}/unravel-builder.mjs" "npm-entry" ];
          settings = builtins.toJSON {
            inherit system assembler scripts purpose;
            shell = "${stdenv.shell}";
            node = "${nodejs}";
            planner = "${planner}";
            forwardScript = "${builderScripts.forward}";
            # What the stage that postpones asks for.
            stepScript = "${builderScripts.forward}";
            rootScript = "${builderScripts.forward}";
          };
        };
      rootOf = entry: builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv") "out";

      tree = treeWith "";
      # Old lockfiles do not say what is in their packages: then these are fetched, and planned with again. Nothing of
      # it is built for a lockfile that says it.
      following = entryFor "build" (treeWith (rootOf (entryFor "manifests" tree ""))) "";
      entry = entryFor "build" tree (builtins.unsafeDiscardOutputDependency following.drvPath);
    in
    {
      inherit tree entry;
      root = rootOf entry;
    };

  # A derivation for people: `nix-build -A nodeModules`. Nothing is copied.
  nodeModulesOf =
    modules:
    stdenv.mkDerivation (
      contentAddressed
      // {
        name = "${pname}-node_modules";
        inherit (modules) root;
        phases = [ "installPhase" ];
        installPhase = ''
          mkdir $out
          find -H "$root" -mindepth 1 -maxdepth 1 -exec ln -s -t $out {} +
        '';
        passthru = { inherit (modules) tree entry root; };
      }
    );

  building = modulesWithout omit;
  nodeModules = nodeModulesOf building;
  # What the installed package runs with.
  running = modulesWithout (if builtins.elem "dev" omit then omit else omit ++ [ "dev" ]);

  # What the workspaces have built, as files of the project.
  members =
    let
      entry = derivation {
        name = "${pname}.drv";
        inherit system source environment;
        inherit (building) tree;
        modules = building.root;
        __contentAddressed = true;
        outputHashMode = "text";
        outputHashAlgo = "sha256";
        builder = "${plannerNode}/bin/node";
        args = [ "${planner}/unravel-builder.mjs" "npm-workspaces-entry" ];
        settings = builtins.toJSON {
          inherit system assembler scripts;
          name = pname;
          script = npmBuildScript;
          shell = "${stdenv.shell}";
          node = "${nodejs}";
          planner = "${planner}";
          forwardScript = "${builderScripts.forward}";
          rootScript = "${builderScripts.root}";
        };
      };
    in
    {
      inherit entry;
      root = builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv") "out";
    };

  shellHook = ''
    . ${builderScripts.npmLink}
    unravelLinkModules ${nodeModules} .
  '';
in
stdenv.mkDerivation (
  builtins.removeAttrs args ownAttributes
  // contentAddressed
  // (if version == "" then { name = pname; } else { inherit pname version; })
  // {
    nativeBuildInputs = [ nodejs ] ++ nativeBuildInputs;
    inherit source assembler npmFlags npmBuildFlags npmPackFlags;
    modules = building.root;
    # With workspaces, their scripts have run.
    npmBuildScript = if npmBuildScript == null || workspaces then "" else npmBuildScript;
    built = if workspaces then members.root else "";
    npmWorkspace = if npmWorkspace == null then "" else npmWorkspace;
    node = "${nodejs}/bin/node";
    inherit (builderScripts) npmPackage npmInstall;
    unpackPhase = ''
      . "$npmPackage"
      unravelNpmUnpack
    '';
    dontConfigure = args.dontConfigure or true;
    buildPhase = args.buildPhase or ''
      runHook preBuild
      unravelNpmBuild
      runHook postBuild
    '';
    installPhase = args.installPhase or ''
      runHook preInstall
      unravelNpmInstall
      runHook postInstall
    '';
    passthru = {
      inherit source manifests nodeModules nodejs shellHook;
      inherit (building) tree entry root;
      workspaces = members;
      nodeModulesWithoutDev = nodeModulesOf running;
    } // passthru;
  }
  // (if args ? installPhase then { } else { runtimeModules = running.root; })
)
# The same package of other arguments; overrideAttrs changes what the last derivation does.
// {
  override = change: build (args // (if builtins.isFunction change then change args else change));
};
in
build
