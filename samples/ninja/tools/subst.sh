#!/bin/sh
# Fills a template with the version: subst.sh VERSION template out
set -eu

version=$(cat "$1")
rest=${version#*.}
sed -e "s/@VERSION@/$version/" \
    -e "s/@MAJOR@/${version%%.*}/" \
    -e "s/@MINOR@/${rest%%.*}/" \
    -e "s/@PATCH@/${rest#*.}/" "$2" > "$3"
