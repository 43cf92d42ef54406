#!/bin/sh
# Compares what a command prints with a file: compare.sh expected stamp command...
set -eu

expected=$1
stamp=$2
shift 2
"$@" > "$stamp.out"
if ! cmp -s "$expected" "$stamp.out"; then
  printf '%s\n' "the output of \"$*\" is not $expected" >&2
  diff -u "$expected" "$stamp.out" >&2 || true
  exit 1
fi
mv "$stamp.out" "$stamp"
