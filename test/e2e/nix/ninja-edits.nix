# What ninja runs and makes after edits, in the sandbox, at the place where steps run: builds the first tree, and from
# there every other one. Result: `counts`, a line per tree with the commands for the default targets and for `check`
# after them; `N/tree`, what then is in the N-th tree.
{
  runCommand,
  ninja,
  # A list of directories.
  trees,
  # Shell commands that configure in the build directory.
  configure,
}:
runCommand "ninja-edits"
  {
    nativeBuildInputs = [ ninja ];
    inherit configure;
    trees = map (tree: "${tree}") trees;
    NINJA_STATUS = "@";
  }
  ''
    set -- $trees
    mkdir $out
    cd "$NIX_BUILD_TOP"
    cp -R "$1" source
    chmod -R u+w source
    mkdir source/build
    (cd source/build && eval "$configure" && ninja && ninja check) > log || { cat log; exit 1; }
    mv source built
    # Configuring is ninja's own housekeeping: it is not among the commands.
    count() {
      ninja "$@" > ../../log || { cat ../../log; exit 1; }
      grep '^@' ../../log | grep -vc CONFIGURE || true
    }
    number=0
    for tree; do
      # From the place and the times of a warm build directory.
      cp -a built source
      (cd "$tree" && find . -type f) | while read -r file; do
        cmp -s "$tree/$file" "source/$file" && continue
        mkdir -p "source/$(dirname "$file")"
        cp --no-preserve=mode,timestamps "$tree/$file" "source/$file"
      done
      cd source/build
      all=$(count)
      printf '%d %d\n' "$all" "$(count check)" >> $out/counts
      cd ../..
      mkdir $out/$number
      mv source $out/$number/tree
      number=$((number + 1))
    done
  ''
