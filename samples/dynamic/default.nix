# Nix code that is evaluated while Nix builds: nix-build samples/dynamic
{
  unravel ? import ../.. { },
  toolchain ? import ../../.cache/toolchain.nix,
  nix ? import ../../templates/lib/debian/nix.nix {
    inherit (toolchain) toolchain system;
    tree = ../../.cache/nix;
  },
}:
unravel.dynamic {
  name = "words";
  expression = "${./.}/inner.nix";
  inherit nix;
  args = {
    inherit (toolchain) toolchain;
    words = [ "pear" "apple" "fig" ];
    greeting = "it's \"quoted\" \${text}";
  };
}
