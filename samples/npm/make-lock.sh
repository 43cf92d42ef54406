#!/usr/bin/env bash
# Makes package-lock.json anew with npm and the registry of its own configuration, without addresses in it.
# usage: samples/npm/make-lock.sh
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
rm -f package-lock.json
npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error
if grep -q '"resolved": "http' package-lock.json; then
  printf 'error: the lockfile has addresses\n  hint: use npm 8.12 or newer\n' >&2
  exit 1
fi
