# Counts the commands that ninja runs after edits, in the sandbox: builds the first tree, and from there every
# other one. Result: a line per tree with the counts for the default targets and for `check` after them.
{
  runCommand,
  ninja,
  # A list of directories.
  trees,
  # Shell commands that configure in the build directory.
  configure,
}:
runCommand "ninja-counts"
  {
    nativeBuildInputs = [ ninja ];
    inherit configure;
    trees = map (tree: "${tree}") trees;
    NINJA_STATUS = "@";
  }
  ''
    set -- $trees
    cp -R "$1" base
    chmod -R u+w base
    mkdir base/build
    (cd base/build && eval "$configure" && ninja && ninja check) > log || { cat log; exit 1; }
    # Configuring is ninja's own housekeeping: it is not among the commands.
    count() {
      ninja "$@" > ../../log || { cat ../../log; exit 1; }
      grep '^@' ../../log | grep -vc CONFIGURE || true
    }
    for tree; do
      cp -a base edited
      (cd "$tree" && find . -type f) | while read -r file; do
        cmp -s "$tree/$file" "edited/$file" && continue
        mkdir -p "edited/$(dirname "$file")"
        cp --no-preserve=mode,timestamps "$tree/$file" "edited/$file"
      done
      cd edited/build
      all=$(count)
      printf '%d %d\n' "$all" "$(count check)" >> $out
      cd ../..
      rm -rf edited
    done
  ''
