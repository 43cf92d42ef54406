# Sourced by tree.sh for the tree with the compiler.
ln -sf bash usr/bin/sh
ln -sf gcc usr/bin/cc
ln -sf g++ usr/bin/c++
ln -sf gawk usr/bin/awk

# gcc reads this file at each start: headers and libraries come from this tree,
# and what it links runs from the store. No wrapper script, so no extra process
# for each compile (a bash one costs 2 ms).
for dir in usr/lib/gcc/"$triplet"/*; do
  [[ -e $dir/libgcc.a ]] || continue
  # The loader is last: it stands in a line that an earlier expression reads with n.
  "usr/bin/$triplet-gcc-${dir##*/}" -dumpspecs |
    sed -e "/^\*self_spec:/{n;s|\$|%{!-sysroot=*:--sysroot=$out}|}" \
      -e "/^\*link:/{n;s|\$| %{-sysroot=*:--sysroot=%*} %{!static:%{!static-pie:%{!r:-rpath $rpath}}}|}" \
      -e "s|/lib[0-9]*/${loader##*/}|$loader|g" >"$NIX_BUILD_TOP/specs"
  mv "$NIX_BUILD_TOP/specs" "$dir/specs"
done
