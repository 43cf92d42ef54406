# Counts what ninja runs: builds the first of some source trees with ninja, then lays each next one over it and
# builds again. Output: a line per tree, "COMMANDS MILLISECONDS".
{
  toolchain ? import ../.cache/toolchain.nix,
  # A directory of trees, in the order of their names.
  trees,
}:
derivation {
  name = "count-ninja";
  inherit (toolchain) system;
  builder = "${toolchain.toolchain}/bin/bash";
  PATH = "${toolchain.toolchain}/bin:${toolchain.ninja}/bin";
  inherit trees;
  NINJA_STATUS = "@";
  args = [
    "-euc"
    ''
      mkdir -p source/build
      cd source/build
      for tree in "$trees"/*; do
        (cd "$tree" && find . -type f) | while read -r file; do
          cmp -s "$tree/$file" "../$file" && continue
          mkdir -p "../$(dirname "$file")"
          rm -f "../$file"
          cp "$tree/$file" "../$file"
        done
        [ -e build.ninja ] || sh ../configure --prefix=/opt/quill > /dev/null
        from=$(date +%s%3N)
        ninja -j2 > log || { cat log; exit 1; }
        printf '%d %d\n' "$(grep -c '^@' log)" $(($(date +%s%3N) - from)) >> "$out"
      done
    ''
  ];
}
