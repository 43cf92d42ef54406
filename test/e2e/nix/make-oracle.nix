# The same project built by make itself: same environment, same place, same stand-in for the prefix, whole sources.
# In the result: `tree`, the whole tree after make; `installed`, the outputs of the package after the same fixup; `time`,
# the seconds make took (wall, user, system); `made`, how many files make said it made. `edits` are trees that differ from the
# source by an edit each: `edits/0/count` is how many files make makes again for the first, `edits/0/tree` what it leaves.
{ stdenv }:
{
  package,
  edits ? [ ],
  makeFlags ? [ ],
  buildFlags ? [ ],
  installFlags ? [ ],
  installTargets ? [ "install" ],
  makefile ? "",
  ...
}@args:
stdenv.mkDerivation (
  builtins.removeAttrs args [ "package" ]
  // {
    inherit makeFlags buildFlags installFlags installTargets;
    edits = map (tree: "${tree}") edits;
    name = "make-of-${package.name}";
    inherit (package) prefixes;
    inherit (package.passthru) source;
    phases = [ "unpackPhase" "configurePhase" "buildPhase" "installPhase" "fixupPhase" "movePhase" "editPhase" ];
    unpackPhase = ''
      result=$out
      _outputNames=()
      for pair in $prefixes; do
        export "''${pair%%=*}=''${pair#*=}"
        _outputNames+=("''${pair%%=*}")
      done
      export prefix=$out
      cp -R --preserve=mode,timestamps "$source/." "$NIX_BUILD_TOP/source"
      chmod -R u+w "$NIX_BUILD_TOP/source"
      cd "$NIX_BUILD_TOP/source"
    '';
    buildPhase = ''
      cd "$NIX_BUILD_TOP/source"
      mkdir -p $result/installed
      TIMEFORMAT='%R %U %S'
      run() { make ${if makefile == "" then "" else "-f ${makefile}"} $makeFlags --trace $buildFlags "$@"; }
      # The files among the targets that make says it makes: recursion and phony targets are none.
      made() {
        awk '
          /Entering directory/ { split($0, part, "\047"); directory = part[2]; stack[++depth] = directory; next }
          /Leaving directory/ { directory = depth > 1 ? stack[--depth] : "."; next }
          match($0, /(update target|: target) \047[^\047]+\047/) {
            split(substr($0, RSTART), part, "\047")
            print (part[2] ~ /^\// ? part[2] : (directory == "" ? "." : directory) "/" part[2])
          }
        ' "$1" | sort -u | while read -r file; do [ ! -f "$file" ] || echo "$file"; done | wc -l
      }
      { time run -j2 > "$NIX_BUILD_TOP/log" 2>&1 || { cat "$NIX_BUILD_TOP/log"; exit 1; }; } 2> $result/time
      cat "$NIX_BUILD_TOP/log"
      made "$NIX_BUILD_TOP/log" > $result/made
      echo "$prefix" > $result/prefix
      cp -a "$NIX_BUILD_TOP/source" $result/tree
    '';
    installPhase = args.installPhase or ''
      make ${if makefile == "" then "" else "-f ${makefile}"} $makeFlags $installFlags $installTargets
      ${args.postInstall or ""}
    '';
    movePhase = ''
      for pair in $prefixes; do
        [ ! -e "''${pair#*=}" ] || cp -R "''${pair#*=}" "$result/installed/''${pair%%=*}"
      done
    '';
    # From the place and the times of a warm build directory: absolute paths are in it.
    editPhase = ''
      number=0
      cd "$NIX_BUILD_TOP"
      [ -z "$edits" ] || { rm -rf source; cp -a $result/tree built; chmod -R u+w built; }
      for edit in $edits; do
        cp -a built source
        (cd "$edit" && find . -type f) | while read -r file; do
          cmp -s "$edit/$file" "source/$file" && continue
          cmp -s "$edit/$file" "${package.passthru.source}/$file" && continue
          cp --no-preserve=mode,timestamps "$edit/$file" "source/$file"
        done
        mkdir -p "$result/edits/$number"
        (cd source && run -j2 > ../log 2>&1) || { cat log; exit 1; }
        (cd source && made ../log) > "$result/edits/$number/count"
        mv source "$result/edits/$number/tree"
        number=$((number + 1))
      done
    '';
  }
)
