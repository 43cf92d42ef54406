# The programs of the sample: `nix-build samples/cargo`, after cargo has written a lockfile.
{
  unravel ? import ../.. { },
  src ? ./.,
  toolchain ? import ../../.cache/toolchain.nix,
  rustc ? toolchain.packages.rustc-web,
  cargo ? toolchain.packages.cargo-web,
  pkg-config ? toolchain.pkg-config,
  zlib ? toolchain.packages.zlib1g-dev,
  # Index address -> dl, for registries that are not the public one.
  registries ? { },
}:
let
  package = unravel.cargo {
    pname = "cairn";
    version = "0.4.1";
    inherit src rustc cargo registries;
    nativeBuildInputs = [ pkg-config ];
    buildInputs = [ zlib ];
    cargoTestFlags = [ "--workspace" ];
  };
in
package // { inherit (package.passthru) tests units; }
