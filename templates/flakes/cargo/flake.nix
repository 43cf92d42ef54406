# A Rust project, built with one derivation per run of rustc: nix build
{
  inputs = {
    nixpkgs.url = "nixpkgs";
    # A release, or a checkout in which `npm run bundle` has run: path:/the/checkout.
    unravel.url = "unravel";
    unravel.inputs.nixpkgs.follows = "nixpkgs";
  };
  outputs =
    {
      self,
      nixpkgs,
      unravel,
    }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forAll =
        make:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = make nixpkgs.legacyPackages.${system};
          }) (builtins.filter (system: nixpkgs.legacyPackages ? ${system}) systems)
        );
      hello =
        pkgs:
        (unravel.lib.forPackages pkgs).cargo {
          pname = "hello";
          version = "0.1.0";
          src = ./.;
          inherit (pkgs) rustc cargo;
        };
    in
    {
      packages = forAll (pkgs: {
        default = hello pkgs;
      });
      checks = forAll (pkgs: {
        default = hello pkgs;
      });
    };
}
