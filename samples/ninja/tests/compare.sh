#!/bin/sh
# Compares what a command prints with a file: compare.sh expected stamp command...
# The shell compares, so that the build needs no diffutils; they only show the difference.
set -eu

expected=$1
stamp=$2
shift 2
"$@" > "$stamp.out"
# The end mark keeps newlines at the end, which a substitution would drop.
if [ "$(cat "$expected" && printf end)" != "$(cat "$stamp.out" && printf end)" ]; then
  printf '%s\n' "the output of \"$*\" is not $expected" >&2
  diff -u "$expected" "$stamp.out" >&2 || true
  exit 1
fi
mv "$stamp.out" "$stamp"
