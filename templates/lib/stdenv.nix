# A standard environment in the shape of nixpkgs' for the toolchain made of Debian
# packages: functions that take `stdenv` work with this one or with `pkgs.stdenv`.
# What the builder does is in stdenv/setup.
{
  system,
  # a tree with bin/bash, bin/cc and the usual tools
  toolchain,
}:
let
  parts = builtins.match "(.*)-(.*)" system;
  platform = rec {
    inherit system;
    config = "${builtins.head parts}-unknown-${kernel}-gnu";
    parsed.cpu.name = builtins.head parts;
    kernel = builtins.elemAt parts 1;
    isLinux = kernel == "linux";
    isDarwin = false;
    isWindows = false;
    isStatic = false;
    isx86_64 = builtins.head parts == "x86_64";
    isAarch64 = builtins.head parts == "aarch64";
    extensions = {
      executable = "";
      library = ".so";
      sharedLibrary = ".so";
      staticLibrary = ".a";
    };
  };
  cc = toolchain // {
    isGNU = true;
    isClang = false;
    targetPrefix = "";
    bintools = toolchain;
    libc = toolchain;
  };
  shell = "${toolchain}/bin/bash";
  # the folder with the file that builders source
  setup = builtins.path {
    path = ./stdenv;
    name = "stdenv";
  };

  # Known to this function only: not part of the derivation.
  outside = [
    "meta"
    "passthru"
    "env"
  ];

  derive =
    attrs:
    let
      name = attrs.name or "${attrs.pname}-${attrs.version}";
      given = removeAttrs attrs outside // attrs.env or { };
    in
    derivation (
      {
        inherit system;
        stdenv = setup;
        initialPath = [ toolchain ];
        builder = shell;
        args = [
          "-e"
          (attrs.buildScript or ./stdenv/build)
        ];
        outputs = [ "out" ];
      }
      // removeAttrs given [ "buildScript" ]
      // {
        inherit name;
      }
    );

  # `change` gets the finished attributes as well, so one attribute may follow another
  # that is overridden later.
  mkDerivation =
    fixed:
    let
      make = if builtins.isFunction fixed then fixed else _: fixed;
      attrs = make (attrs // { finalPackage = result; });
      overrideAttrs =
        change:
        mkDerivation (
          final:
          let
            previous = make final;
            once = change previous;
            changed =
              if builtins.isFunction change then
                (if builtins.isFunction once then change final previous else once)
              else
                change;
          in
          previous // changed
        );
      more = {
        meta = attrs.meta or { };
        passthru = attrs.passthru or { };
        inherit overrideAttrs stdenv;
      }
      // attrs.passthru or { };
      base = derive attrs;
      result =
        base
        // more
        // builtins.listToAttrs (
          map (output: {
            name = output;
            value = base.${output} // more;
          }) base.outputs
        );
    in
    result;

  stdenv = {
    inherit
      cc
      mkDerivation
      setup
      shell
      system
      ;
    name = "stdenv-debian";
    outPath = setup;
    inherit (platform) isLinux isDarwin;
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    initialPath = [ toolchain ];
    hasCC = true;
  };
in
stdenv
