#!/bin/sh
# Copies what was built below DESTDIR and the prefix: install.sh VERSION PREFIX, from the build directory.
set -eu

version=$1
root=${DESTDIR:-}$2

# put MODE FILE FOLDER: a copy with that mode
put() {
  mkdir -p "$root/$3"
  rm -f "$root/$3/${2##*/}"
  cp "$2" "$root/$3/"
  chmod "$1" "$root/$3/${2##*/}"
}

put 755 bin/quill bin
put 755 "lib/libquill.so.$version" lib
ln -sf "libquill.so.$version" "$root/lib/libquill.so.${version%%.*}"
ln -sf "libquill.so.${version%%.*}" "$root/lib/libquill.so"
put 644 ../include/quill/quill.h include/quill
put 644 ../include/quill/export.h include/quill
put 644 gen/quill/version.h include/quill
put 644 ../data/default.css share/quill
put 644 ../share/night.css share/quill
put 644 share/man/man1/quill.1 share/man/man1
printf 'installed quill %s in %s\n' "$version" "$root"
