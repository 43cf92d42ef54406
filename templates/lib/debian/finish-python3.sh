# Sourced by tree.sh for python3. The store has no modification times, so compiled
# modules are not checked against their sources.
ln -sf python3 usr/bin/python
rm -f usr/lib/python3.*/lib-dynload/nis.* # the libraries it loads are left out
for dir in "$out"/usr/lib/python3 "$out"/usr/lib/python3.*; do
  PYTHONHASHSEED=0 usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash "$dir"
done
