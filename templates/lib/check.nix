# Looks at the attributes that a function is called with: each is there, has a known name and the right type, or the
# message says which one does not, and what there is. Also fills in defaults.
#
#   checked = check "unravel.merkle" { name = types.string; depth = types.int // { default = 3; }; };
let
  fail = function: message: hint: throw "${function}: ${message} [plan/settings]\n  hint: ${hint}";

  isPackage = value: builtins.isAttrs value && value ? outPath;
  isPathLike =
    value:
    builtins.isPath value || isPackage value || (builtins.isString value && builtins.substring 0 1 value == "/");

  types = rec {
    type = words: test: { inherit words test; };
    string = type "a string" builtins.isString;
    int = type "a whole number" builtins.isInt;
    bool = type "true or false" builtins.isBool;
    attrs = type "an attribute set" builtins.isAttrs;
    function = type "a function" builtins.isFunction;
    any = type "anything" (_: true);
    # A path, a derivation, or a string that is an absolute path.
    path = type "a path or a derivation" isPathLike;
    package = type "a derivation" isPackage;
    list = type "a list" builtins.isList;
    # Rules that grant files to steps.
    grants = listOf (
      type "a set { outputs = GLOB; files = [ PATH ]; }" (
        value:
        builtins.isAttrs value
        && builtins.isString (value.outputs or null)
        && builtins.isList (value.files or null)
        && builtins.all builtins.isString value.files
      )
    );
    listOf =
      element:
      type "a list, each element ${element.words}" (value: builtins.isList value && builtins.all element.test value);
    either = a: b: type "${a.words} or ${b.words}" (value: a.test value || b.test value);
    oneOf =
      choices:
      type "one of ${builtins.concatStringsSep ", " (map builtins.toJSON choices)}" (
        value: builtins.elem value choices
      );
    nullOr = element: type "${element.words} or null" (value: value == null || element.test value);
    # As stdenv takes them: a list, or words in a string.
    flags = either (listOf (type "a string or a number" (value: builtins.isString value || builtins.isInt value || isPathLike value))) string;
    # How emitted derivations reach the store.
    sinks = oneOf [ "outputs" "recursive-nix" "builder-rpc" ];
    atLeast = least: type "a whole number from ${toString least}" (value: builtins.isInt value && value >= least);
  };

  describe =
    value:
    if builtins.isString value then
      builtins.toJSON value
    else if builtins.isInt value || builtins.isBool value then
      builtins.toJSON value
    else
      "a ${builtins.typeOf value}";

  # Those that share a beginning or an end with a mistyped one.
  nearest =
    name: names:
    let
      half = (builtins.stringLength name + 1) / 2;
      start = builtins.substring 0 half name;
      end = text: builtins.substring (builtins.stringLength text - half) half text;
      isNear =
        other:
        builtins.substring 0 half other == start
        || (builtins.stringLength other >= half && end other == end name);
    in
    builtins.filter isNear names;

  upper = [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ];
  lower = [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  # Equal but for case, dashes, underscores and a plural.
  plain =
    name:
    let
      small = builtins.replaceStrings (upper ++ [ "-" "_" ]) (lower ++ [ "" "" ]) name;
      singular = builtins.match "(.*[^s])s" small;
    in
    if singular == null then small else builtins.head singular;

  listed = names: builtins.concatStringsSep ", " names;
in
{
  inherit types;

  # `known`: name -> type, with a `default` when it may be missing. Others are refused.
  check =
    function: known: arguments:
    let
      names = builtins.attrNames known;
      given = if builtins.isAttrs arguments then arguments else fail function "it takes an attribute set, not ${describe arguments}" "attributes: ${listed names}";
      unknown = builtins.filter (name: !(known ? ${name})) (builtins.attrNames given);
      missing = builtins.filter (name: !(given ? ${name}) && !(known.${name} ? default)) names;
      first = builtins.head unknown;
      close = nearest first names;
    in
    if unknown != [ ] then
      fail function "there is no attribute \"${first}\"" (
        if close == [ ] then "attributes: ${listed names}" else "did you mean ${listed close}? attributes: ${listed names}"
      )
    else if missing != [ ] then
      fail function "the attribute \"${builtins.head missing}\" is missing" "attributes: ${listed names}"
    else
      builtins.mapAttrs (
        name: expected:
        if !(given ? ${name}) then
          expected.default
        else if expected.test given.${name} then
          given.${name}
        else
          fail function "${name} must be ${expected.words}, not ${describe given.${name}}" "docs/nix-functions.md has all attributes"
      ) known;

  # For functions that hand other attributes on: looks at the types of the known ones, and fills in their defaults.
  checkKnown =
    function: known: arguments:
    let
      given = builtins.intersectAttrs known arguments;
      wrong = builtins.filter (name: !known.${name}.test given.${name}) (builtins.attrNames given);
      missing = builtins.filter (name: !(arguments ? ${name}) && !(known.${name} ? default)) (builtins.attrNames known);
      first = builtins.head wrong;
      defaults = builtins.mapAttrs (_: expected: expected.default) (
        builtins.removeAttrs known (builtins.filter (name: !(known.${name} ? default)) (builtins.attrNames known))
      );
      all = defaults // arguments;
      # Handed on as a variable, and most likely meant otherwise.
      meant = builtins.concatMap (
        name:
        map (other: { inherit name other; }) (
          builtins.filter (other: !(known ? ${name}) && !(arguments ? ${other}) && plain other == plain name) (builtins.attrNames known)
        )
      ) (builtins.attrNames arguments);
      mistake = builtins.head meant;
    in
    if !(builtins.isAttrs arguments) then
      fail function "it takes an attribute set, not ${describe arguments}" "docs/nix-functions.md has all attributes"
    else if missing != [ ] then
      fail function "the attribute \"${builtins.head missing}\" is missing" "docs/nix-functions.md has all attributes"
    else if wrong != [ ] then
      fail function "${first} must be ${known.${first}.words}, not ${describe given.${first}}" "docs/nix-functions.md has all attributes"
    else if meant != [ ] then
      builtins.warn "${function}: \"${mistake.name}\" becomes an environment variable; did you mean \"${mistake.other}\"?" all
    else
      all;
}
