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
  checker,
}:
let
  plannerNode = nodejs;
in
arguments:
let
  args = checker.checkKnown "unravel.npm" (with checker.types; {
    pname = string;
    version = string // { default = ""; };
    src = path;
    # Runs the project's scripts, install scripts and the assembly: with npm and include/node, as nixpkgs' is.
    nodejs = path // { default = npm; };
    # The script of package.json that builds; null for none.
    npmBuildScript = nullOr string // { default = "build"; };
    npmFlags = flags // { default = [ ]; };
    npmBuildFlags = flags // { default = [ ]; };
    npmPackFlags = flags // { default = [ ]; };
    # A workspace (its directory) to build and install instead of the whole project.
    npmWorkspace = nullOr string // { default = null; };
    # True: a derivation for each workspace that has the script `npmBuildScript`, in the order of their dependencies.
    workspaces = bool // { default = false; };
    # A TypeScript configuration, or its directory: a derivation for each project that its references lead to. The
    # script runs with what they made.
    typescript = nullOr string // { default = null; };
    # Where packages without `resolved` are fetched; npm's own default, and the project's .npmrc, otherwise.
    registry = nullOr string // { default = null; };
    # Kinds of dependencies to leave out while building.
    omit = listOf (oneOf [ "dev" "optional" "peer" ]) // { default = [ ]; };
    # "hoisted" is npm's, "isolated" like pnpm's; null is what the lockfile's own tool does.
    layout = nullOr (oneOf [ "hoisted" "isolated" ]) // { default = null; };
    # { "left-pad@1.3.0" = "sha512-…"; }: packages whose integrity the lockfile does not have.
    integrity = attrs // { default = { }; };
    # { esbuild = false; sharp = "node install/check"; }: instead of a package's own install scripts.
    scripts = attrs // { default = { }; };
    # { "git+https://…#<commit>" = <directory>; }: packages from git, where Nix should not fetch them itself, or where
    # their own scripts have to prepare them first.
    gitSources = attrs // { default = { }; };
    # Tools and libraries for install scripts, beside stdenv's own.
    scriptInputs = list // { default = [ ]; };
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
    nodejs
    npmBuildScript
    npmFlags
    npmBuildFlags
    npmPackFlags
    npmWorkspace
    workspaces
    typescript
    registry
    omit
    layout
    integrity
    scripts
    gitSources
    scriptInputs
    nativeBuildInputs
    buildInputs
    passthru
    ;
  inherit (shared) contentAddressed runPlanner sourceOf system;

  # Attributes with a meaning here; all others reach the package, as they would in stdenv.mkDerivation.
  ownAttributes = [
    "pname"
    "version"
    "src"
    "nodejs"
    # What buildNpmPackage needs, and nobody here looks at.
    "npmDeps"
    "npmDepsHash"
    "npmBuildScript"
    "npmFlags"
    "npmBuildFlags"
    "npmPackFlags"
    "npmWorkspace"
    "workspaces"
    "typescript"
    "registry"
    "omit"
    "layout"
    "integrity"
    "scripts"
    "gitSources"
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

  # Commits have no hash that Nix could fetch by, but Nix itself can fetch a commit while it evaluates. That the
  # lockfile is read for it is no import from a derivation: it is a file of the source. No more of it is understood than
  # addresses in quotes, as npm and yarn 1 write them.
  lockTexts =
    if !(shared.isDirectory src) then
      [ ]
    else
      map (name: builtins.readFile (src + "/${name}")) (
        builtins.filter (name: builtins.pathExists (src + "/${name}")) [
          "npm-shrinkwrap.json"
          "package-lock.json"
          "yarn.lock"
        ]
      );
  lockedGit = builtins.concatMap (
    text:
    map builtins.head (
      builtins.filter builtins.isList (
        builtins.split ''"((git[+][a-z]+:|git:|ssh:|github:|gitlab:|bitbucket:)[^"#\\]+#[0-9a-f]{40})[^0-9a-f]'' text
      )
    )
  ) lockTexts;
  # Without passwords, which would be in a derivation that everybody can read.
  addressOf =
    id:
    let
      ssh = builtins.match "(git[+]ssh|ssh)://([^/@:]*):[^/@]*@(.*)" id;
      other = builtins.match "(git[+]https?|git)://[^/@]*@(.*)" id;
      part = builtins.elemAt;
    in
    if ssh != null then
      "${part ssh 0}://${part ssh 1}@${part ssh 2}"
    else if other != null then
      "${part other 0}://${part other 1}"
    else
      id;
  checkout =
    id:
    let
      # SSH takes no passwords.
      isSsh = builtins.match "(git[+])?ssh:.*" id != null;
      parts = builtins.match "(git[+])?([^#]+)#([0-9a-f]+)" (if isSsh then addressOf id else id);
      given = builtins.elemAt parts 1;
      # Public hosts serve every commit over HTTPS, to which no key is needed.
      hosted = builtins.match "(ssh|git|https?)://([^/@]*@)?(github[.]com|gitlab[.]com|bitbucket[.]org)[/:](.*)" given;
      short = builtins.match "(github|gitlab|bitbucket):([^@]*@)?(.*)" given;
      hosts = { github = "github.com"; gitlab = "gitlab.com"; bitbucket = "bitbucket.org"; };
      # `ssh://git@host:owner/name` is no address until the colon is a slash.
      colon = builtins.match "(ssh://[^/:]+):([^0-9/].*)" given;
      part = builtins.elemAt;
    in
    builtins.fetchGit {
      url =
        if hosted != null && part hosted 0 != "https" then
          "https://${part hosted 2}/${part hosted 3}"
        else if short != null then
          "https://${hosts.${part short 0}}/${part short 2}"
        else if colon != null then
          "${part colon 0}/${part colon 1}"
        else
          given;
      rev = part parts 2;
      allRefs = true;
      # npm takes such hosts' archives, which have no submodules.
      submodules = hosted == null && short == null;
    };
  checkouts = {
    fetched = builtins.listToAttrs (
      map (id: { name = addressOf id; value = "${checkout id}"; }) (
        builtins.filter (id: !(gitSources ? ${id}) && !(gitSources ? ${addressOf id})) lockedGit
      )
    );
    given = builtins.listToAttrs (
      map (id: { name = addressOf id; value = "${gitSources.${id}}"; }) (builtins.attrNames gitSources)
    );
  };

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
            gitSources = checkouts;
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

  # What a stage's derivations make of the project's own packages, as files of the project.
  partsOf =
    stage: inputs:
    let
      entry = derivation (
        inputs
        // {
          name = "${pname}.drv";
          inherit system source environment;
          modules = building.root;
          __contentAddressed = true;
          outputHashMode = "text";
          outputHashAlgo = "sha256";
          builder = "${plannerNode}/bin/node";
          args = [ "${planner}/unravel-builder.mjs" stage ];
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
        }
      );
    in
    {
      inherit entry;
      root = builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv") "out";
    };
  members = partsOf "npm-workspaces-entry" { inherit (building) tree; };
  # The project's own compiler is asked for its projects, over nothing but configuration and names.
  solution = partsOf "npm-solution-entry" {
    projects = runPlanner "${pname}-solution" {
      args = [ "npm-solution" ];
      names = runPlanner "${pname}-names" {
        args = [ "npm-names" ];
        inherit source;
      };
      inherit (building) tree;
      modules = building.root;
      config = typescript;
    };
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
    built =
      if workspaces && typescript != null then
        throw "unravel.npm: workspaces and typescript exclude each other: leave one of them out"
      else if workspaces then
        members.root
      else if typescript != null then
        solution.root
      else
        "";
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
      typescript = solution;
      nodeModulesWithoutDev = nodeModulesOf running;
    } // passthru;
  }
  // (if args ? installPhase then { } else { runtimeModules = running.root; })
)
