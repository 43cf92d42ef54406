# Sourced by tree.sh for meson: a Python program whose modules are in this tree.
modules=$out/usr/lib/python3/dist-packages
sed -i "1a import sys; sys.path.insert(1, '$modules')" usr/bin/meson
python=$(interpreter python3)
PYTHONHASHSEED=0 "$python" -m compileall -q --invalidation-mode unchecked-hash "$modules"
