# The program `notes` of the sample, with the workspaces that it needs: `nix-build samples/npm`.
{
  unravel ? import ../.. { },
  src ? ./.,
  # npm's own when it is not given.
  registry ? null,
  python3 ? (import ../../.cache/toolchain.nix).python3,
}:
unravel.npm {
  pname = "notebook";
  version = "0.1.0";
  inherit src registry;
  # node-gyp is a Python program.
  scriptInputs = [ python3 ];
  # A derivation per workspace; this one is installed, with what it depends on.
  workspaces = true;
  npmWorkspace = "apps/notes";
}
