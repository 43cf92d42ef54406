# The kernel that make builds, in the place and with the tools and the configuration that unravel.kernel has:
# images and all objects. `time` has the seconds make took: wall, user, system. With `edits`, trees that differ from the
# source by an edit each, make goes on from what it has: `edits/0` are the files that it made anew and their time.
{ stdenv }:
{
  kernel,
  targets ? [ "vmlinux" "bzImage" ],
  edits ? [ ],
  jobs ? 2,
}:
stdenv.mkDerivation {
  name = "make-of-${kernel.name}";
  inherit (kernel.passthru) source;
  environment = kernel.passthru.captured.environment;
  configuration = kernel.passthru.configured.out;
  edits = map (tree: "${tree}") edits;
  buildCommand = ''
    mkdir -p "$NIX_BUILD_TOP/source"
    cp -R --preserve=mode,timestamps "$source/." "$NIX_BUILD_TOP/source"
    chmod -R u+w "$NIX_BUILD_TOP/source"
    cd "$NIX_BUILD_TOP/source"
    result=$out
    . "$environment/environment.sh"
    cp --no-preserve=mode "$configuration/.config" .config
    TIMEFORMAT='%R %U %S'
    run() { make -s -j${toString jobs} ${builtins.concatStringsSep " " targets} 2>&1; }
    mkdir -p "$result/tree"
    # As after a build with the same .config: Kconfig's own work is no part of the comparison.
    make -s olddefconfig
    make -s syncconfig
    { time run; } 2> "$result/time" || { cat "$result/time"; exit 1; }
    find . \( -name '*.o' -o -name '*.a' -o -name vmlinux -o -name System.map -o -name bzImage -o -name '*.ko' -o -name Module.symvers \) -type f -print0 |
      xargs -0 cp --parents -t "$result/tree"
    number=0
    for tree in $edits; do
      mkdir -p "$result/edits/$number"
      touch "$NIX_BUILD_TOP/before"
      sleep 1.1
      # It fails where it finds a difference.
      { diff -rq --no-dereference "$source" "$tree" || true; } | sed -n 's/^Files \(.*\) and .* differ$/\1/p' | while read -r file; do
        cp --no-preserve=mode,timestamps "$tree/''${file#"$source"/}" "''${file#"$source"/}"
      done
      { time run; } 2> "$result/edits/$number/time"
      find . -newer "$NIX_BUILD_TOP/before" -name '*.o' | sort > "$result/edits/$number/objects"
      number=$((number + 1))
    done
  '';
}
