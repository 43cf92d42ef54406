# A project with a build tool of its own, which writes its graph as JSON: nix-build samples/graph
{
  unravel ? import ../.. { },
}:
unravel.graph {
  pname = "site";
  version = "1.0";
  src = builtins.path {
    path = ./.;
    name = "site";
    filter = path: _: baseNameOf path != "default.nix";
  };
  configurePhase = ''
    bash plan.sh > graph.json
  '';
  installPhase = ''
    mkdir -p $out
    cp -r out $out/share
  '';
}
