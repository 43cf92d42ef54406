# unravel.dynamic { name; expression; args; nix; }: evaluates Nix code inside a builder, and is what that code's
# derivation builds. What import-from-derivation does, without building anything while Nix evaluates.
#
#   expression, args ──> objects (derivations and files that evaluation made) ──> emit ──> the derivation's outputs
{ objectSet, checker }:
arguments:
let
  given = checker.check "unravel.dynamic" (with checker.types; {
    name = string;
    expression = path;
    nix = package;
    args = attrs // { default = { }; };
    attribute = string // { default = ""; };
    outputs = listOf string // { default = [ "out" ]; };
    features = listOf string // { default = [ "nix-command" "ca-derivations" "dynamic-derivations" ]; };
    sink = oneOf [ "outputs" "recursive-nix" ] // { default = "outputs"; };
    passthru = attrs // { default = { }; };
    meta = attrs // { default = { }; };
  }) arguments;
  inherit (given) name expression nix sink passthru meta;
  texts =
    value:
    if builtins.isString value then
      [ value ]
    else if builtins.isList value then
      builtins.concatMap texts value
    else if builtins.isAttrs value then
      builtins.concatMap texts (builtins.attrValues value)
    else
      [ ];
  # Paths become store objects; derivations become their outputs, which are built before.
  settled =
    value:
    if builtins.isPath value || (builtins.isAttrs value && value ? outPath) then
      "${value}"
    else if builtins.isList value then
      map settled value
    else if builtins.isAttrs value then
      builtins.mapAttrs (_: settled) value
    else
      value;
  args = settled given.args;

  objects = objectSet.stage "${name}-evaluated" (
    objectSet.contentAddressed
    // {
      args = [ "evaluate" ];
      setName = name;
      nix = "${nix}";
      expression = "${expression}";
      attribute = given.attribute;
      features = builtins.concatStringsSep " " given.features;
      arguments = args;
    }
  );
  emission = objectSet.emit {
    inherit name sink;
    set = objects;
    references = builtins.filter builtins.hasContext (texts args);
  };
in
objectSet.standFor {
  inherit name meta;
  inherit (given) outputs;
  outputOf = emission.rootOf;
  passthru = {
    inherit objects;
    inherit (emission) entry;
  } // passthru;
}
