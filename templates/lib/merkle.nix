# unravel.merkle { name; repository; tree; }: a git tree of which nothing but the hash is known, fetched with one
# derivation per node. Each object is fixed-output, its git hash being its hash: what is in the store is not fetched
# again, and what comes is what was asked for, whoever it comes from.
#
#   tree's hash ──> listing ──> expand ──> emit ──> contents, and the same for each directory below
{ objectSet, checker }:
arguments:
let
  given = checker.check "unravel.merkle" (with checker.types; {
    name = string;
    repository = path;
    tree = type "a git hash, 40 or 64 hexadecimal digits" (
      value: builtins.isString value && builtins.match "[0-9a-f]{40}|[0-9a-f]{64}" value != null
    );
    gitHashing = bool // { default = false; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (given) name tree gitHashing;

  repository =
    if builtins.isPath given.repository then
      builtins.path {
        path = given.repository;
        name = "repository.git";
        # Objects are all that is read: hooks, logs and references may change.
        filter = path: _: builtins.match ".*/objects(/.*)?" path != null;
      }
    else
      given.repository;

  algorithm = if builtins.stringLength tree == 64 then "sha256" else "sha1";
  listing = objectSet.stage "${name}-listing" {
    args = [ "merkle-object" ];
    hash = tree;
    repository = "${repository}";
    outputHashMode = "flat";
    outputHashAlgo = algorithm;
    outputHash = tree;
  };
  settings = builtins.toJSON (
    objectSet.settings
    // {
      inherit gitHashing;
      repository = "${repository}";
      references = [ "${repository}" ];
    }
  );
  entry = objectSet.stage "${name}.drv" {
    __contentAddressed = true;
    outputHashMode = "text";
    outputHashAlgo = "sha256";
    args = [ "merkle-expand" ];
    hash = tree;
    setName = name;
    listing = "${listing}";
    inherit (objectSet) environment;
    inherit settings;
  };
  rootOf = builtins.outputOf (builtins.outputOf entry.outPath "r-root.drv");
  hashed = objectSet.stage "${name}-tree" {
    args = [ "merkle-copy" ];
    tree = rootOf "out";
    outputHashMode = "git";
    outputHashAlgo = algorithm;
    outputHash = tree;
  };
in
objectSet.standFor {
  inherit name;
  inherit (given) meta;
  outputs = [ "out" ];
  outputOf = output: if gitHashing then hashed.outPath else rootOf output;
  passthru = {
    inherit listing entry;
  } // given.passthru;
}
