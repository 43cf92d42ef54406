# For people who use flakes: the same functions as default.nix, without a toolchain of its own.
{
  description = "Foreign build graphs become Nix derivations, one per step, while Nix is building";

  # No inputs: whoever uses this brings a toolchain. With nixpkgs:
  #   unravel.lib { inherit (pkgs) stdenv nodejs; planner = ./dist/builder; }
  # The planner is what `npm run bundle` writes; it is not in the flake, because nothing generated is committed.
  outputs = { self }: {
    lib =
      {
        stdenv,
        nodejs,
        planner,
        npm ? nodejs,
      }:
      import ./templates/lib {
        inherit stdenv nodejs npm;
        planner = builtins.path {
          path = planner;
          name = "unravel-builder";
        };
      };
  };
}
