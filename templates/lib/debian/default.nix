# The build tools of a machine without nixpkgs: trees made of Debian packages, one
# derivation each, so a step mounts only what it names.
{
  # made by scripts/setup-toolchain.sh: { system; bootstrap = DEBS; trees.NAME = DEBS; }
  # with DEBS = [ { name; file; sha256; } ]
  manifest,
  # the folder with the .deb files
  archives,
  # a folder with bin/bash and bin/busybox, both static
  bootstrap,
  # a folder with bin/node and lib/, or null
  node ? null,
  # a folder with lib/node_modules/npm, include/node and links in bin/, or null
  npm ? null,
}:
let
  # The hash is known, so a file that is already in the store is not read again.
  deb =
    d:
    builtins.path {
      path = archives + "/${d.file}";
      inherit (d) name sha256;
      recursive = false;
    };
  tree = import ./tree.nix {
    inherit (manifest) system;
    bootstrap = builtins.path {
      path = bootstrap;
      name = "bootstrap";
    };
    bootstrapDebs = map deb manifest.bootstrap;
  };
  make =
    name: more:
    tree (
      {
        inherit name;
        debs = map deb manifest.trees.${name};
      }
      // more
    );

  toolchain = make "toolchain" { finish = ./finish-toolchain.sh; };
  perl = make "perl" {
    deps = [ toolchain ];
    finish = ./finish-perl.sh;
  };
  python3 = make "python3" {
    deps = [ toolchain ];
    finish = ./finish-python3.sh;
  };
  special = {
    inherit toolchain perl python3;
    meson = make "meson" {
      deps = [ toolchain ];
      interpreters = [ python3 ];
      finish = ./finish-meson.sh;
    };
  };
  plain = builtins.mapAttrs (
    name: _:
    make name {
      deps = [ toolchain ];
      interpreters = [
        perl
        python3
      ];
    }
  ) (builtins.removeAttrs manifest.trees (builtins.attrNames special));
  nodejs = tree {
    name = "nodejs";
    files = builtins.path {
      path = node;
      name = "node";
    };
    deps = [ toolchain ];
  };
in
plain
// special
// (
  if node == null then
    { }
  else
    {
      inherit nodejs;
    }
    // (
      if npm == null then
        { }
      else
        {
          # In the shape of nixpkgs' nodejs.
          npm = tree {
            name = "npm";
            files = builtins.path {
              path = npm;
              name = "npm";
            };
            deps = [
              toolchain
              nodejs
            ];
            # node-gyp's program that reads binding.gyp; it would be left out where nothing can run it.
            interpreters = [ python3 ];
            finish = ./finish-npm.sh;
          };
        }
    )
)
