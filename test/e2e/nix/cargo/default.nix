# What tests of unravel.cargo build with.
{ toolchain, stdenv }:
let
  cargo = toolchain.packages.cargo-web;
  rustc = toolchain.packages.rustc-web;
in
{
  inherit cargo rustc;

  # The lockfile that cargo makes for a project out of a vendored directory.
  lockfile =
    { src, vendored }:
    stdenv.mkDerivation {
      name = "Cargo.lock";
      nativeBuildInputs = [ cargo rustc ];
      inherit src vendored;
      buildCommand = ''
        cp -R "$src" source
        chmod -R u+w source
        cd source
        export CARGO_HOME=$PWD/../home
        mkdir "$CARGO_HOME"
        printf '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "%s"\n' "$vendored" > "$CARGO_HOME/config.toml"
        cargo generate-lockfile --offline
        cp Cargo.lock "$out"
      '';
    };

  # rustc as a comparison sees it (rustc.sh).
  loggingRustc = stdenv.mkDerivation {
    name = "logging-rustc";
    script = ./rustc.sh;
    realRustc = "${rustc}/bin/rustc";
    buildCommand = ''
      mkdir -p "$out/bin"
      { printf '#!%s\nrealRustc=%s shell=%s\n' "$SHELL" "$realRustc" "$SHELL"; cat "$script"; } > "$out/bin/rustc"
      ln -s ${rustc}/bin/rustdoc "$out/bin/rustdoc"
      chmod +x "$out/bin/rustc"
    '';
  };

  # cargo itself in the place where units run, with the rustc that writes down what it is called with. `out` is the
  # target directory.
  cargoOracle =
    {
      package,
      rustc,
      arguments ? [ "build" ],
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      rustflags ? "",
    }:
    stdenv.mkDerivation {
      name = "cargo-of-${package.name}";
      nativeBuildInputs = [ cargo rustc ] ++ nativeBuildInputs;
      inherit buildInputs arguments rustflags;
      inherit (package) source;
      vendored = package.vendored;
      buildCommand = ''
        cp -R "$source" /build/source
        chmod -R u+w /build/source
        ln -s "$vendored" /build/vendor
        mkdir /build/home
        cp "$vendored/config.toml" /build/home/
        cd /build/source
        export CARGO_HOME=/build/home CARGO_TARGET_DIR=/build/target
        if [[ -n $rustflags ]]; then export RUSTFLAGS=$rustflags; fi
        cargo $arguments --offline --locked
        mkdir "$out"
        find /build/target -name '.oracle-*' -printf '%P\n' > "$out/list"
        (cd /build/target && cp --parents -t "$out" $(cat "$out/list"))
      '';
    };
}
