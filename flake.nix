# For people who use flakes: the functions as `lib` and as an overlay, the command line as a package and an app, a
# shell to work on the project in, and a project per build tool to begin with (`nix flake init -t`).
#
# The planner is what `npm run bundle` writes; nothing generated is committed, so it is in releases and in checkouts
# where that has run (`path:/some/checkout`), and not in a plain git source.
{
  description = "Foreign build graphs become Nix derivations, one per step, while Nix is building";

  inputs.nixpkgs.url = "nixpkgs";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forAll = make: builtins.listToAttrs (
        map (system: {
          name = system;
          value = make nixpkgs.legacyPackages.${system};
        }) (builtins.filter (system: nixpkgs.legacyPackages ? ${system}) systems)
      );
      bundle =
        if builtins.pathExists ./dist/builder then
          builtins.path {
            path = ./dist/builder;
            name = "unravel-builder";
          }
        else
          throw ''
            this source of unravel has no planner
              hint: use a release, or run `npm ci && npm run bundle` in a checkout and name it as path:/the/checkout'';

      # unravel.lib.withToolchain { inherit (pkgs) stdenv nodejs; }: any toolchain in the shape of nixpkgs.
      functionsWith =
        {
          stdenv,
          nodejs,
          npm ? nodejs,
          planner ? bundle,
        }:
        import ./templates/lib { inherit stdenv nodejs npm planner; };
      forPackages = pkgs: functionsWith { inherit (pkgs) stdenv nodejs; };

      commandLine =
        pkgs:
        pkgs.stdenv.mkDerivation {
          pname = "unravel";
          version = (builtins.fromJSON (builtins.readFile ./package.json)).version;
          dontUnpack = true;
          # Beside the bundle: what it reads at run time.
          bundle = builtins.seq bundle (builtins.path { path = ./dist; name = "unravel-dist"; });
          templates = builtins.path { path = ./templates; name = "unravel-templates"; };
          manifest = builtins.path { path = ./package.json; name = "package.json"; };
          node = pkgs.nodejs;
          phases = [ "installPhase" ];
          installPhase = ''
            mkdir -p "$out/lib/unravel" "$out/bin"
            cp -r "$bundle" "$out/lib/unravel/dist"
            cp -r "$templates" "$out/lib/unravel/templates"
            cp "$manifest" "$out/lib/unravel/package.json"
            for program in unravel unravel-ninja; do
              printf '#!%s\nexec %s/bin/node %s/lib/unravel/dist/%s.mjs "$@"\n' \
                "$SHELL" "$node" "$out" "$program" > "$out/bin/$program"
              chmod +x "$out/bin/$program"
            done
          '';
          SHELL = "${pkgs.stdenv.shell}";
          meta = {
            description = "Turns foreign build graphs into Nix derivations";
            mainProgram = "unravel";
          };
        };
      app = pkgs: name: {
        type = "app";
        program = "${commandLine pkgs}/bin/${name}";
        meta.description = "Turns foreign build graphs into Nix derivations";
      };
    in
    {
      lib = {
        withToolchain = functionsWith;
        inherit forPackages;
      };

      overlays.default = final: _: {
        unravel = forPackages final // {
          cli = commandLine final;
        };
      };

      packages = forAll (pkgs: {
        default = commandLine pkgs;
      });

      apps = forAll (pkgs: {
        default = app pkgs "unravel";
        unravel-ninja = app pkgs "unravel-ninja";
      });

      devShells = forAll (pkgs: {
        default = pkgs.mkShell {
          packages = [ pkgs.nodejs pkgs.ninja pkgs.cmake ];
        };
      });

      templates =
        let
          template = name: description: {
            path = ./templates/flakes + "/${name}";
            inherit description;
            welcomeText = ''
              `nix run` builds the project and starts its program. Change a file in src and do it again:
              what has changed is built, and nothing else. The guide is docs/guides/${name}.md of unravel.
            '';
          };
        in
        rec {
          ninja = template "ninja" "A CMake project, one derivation per command of ninja";
          make = template "make" "A Make project, one derivation per recipe";
          npm = template "npm" "A project with a lockfile of npm, a derivation per package and none of its hashes";
          cargo = template "cargo" "A Rust project, one derivation per run of rustc";
          graph = template "graph" "A project with a build tool of its own, which writes its graph as JSON";
          default = ninja;
        };
    };
}
