# Evaluated inside a builder: a derivation per word of a list, and one that joins what they made.
{
  toolchain,
  words,
  greeting,
}:
let
  run =
    name: attributes: script:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem;
        builder = "${toolchain}/bin/bash";
        PATH = "${toolchain}/bin";
        args = [ "-euc" script ];
      }
      // attributes
    );
  # Addressed by its inputs, as most derivations are.
  upper = word: run "upper-${word}" { inherit word; } "printf '%s\\n' \"\${word^^}\" > $out";
  # Addressed by its contents: its path is known when it is built.
  sorted = run "sorted" {
    parts = map upper words;
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  } "sort $parts > $out";
  # Its contents are known before.
  fixed = run "fixed.txt" {
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = builtins.hashString "sha256" "one line\n";
  } "echo 'one line' > $out";
in
run "greeting" {
  inherit sorted fixed greeting;
  title = builtins.toFile "title.txt" "Words from ${toolchain}\n";
  data = ./data.txt;
} ''
  mkdir $out
  { cat $title $data $sorted $fixed; printf '%s\n' "$greeting"; } > $out/words.txt
''
