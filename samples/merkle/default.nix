# A directory of a git repository, fetched node by node: name a bare repository and a tree of it,
#
#   git clone --bare PROJECT /tmp/project.git
#   nix-build samples/merkle --argstr repository /tmp/project.git --argstr tree "$(git -C /tmp/project.git rev-parse 'HEAD^{tree}')"
{
  unravel ? import ../.. { },
  repository,
  tree,
  gitHashing ? false,
}:
unravel.merkle {
  name = "tree";
  repository = /. + repository;
  inherit tree gitHashing;
}
