# Makes one tree out of Debian packages: unpacks them merged below usr/, makes
# every ELF file load from the store only, points scripts at interpreters in
# the store, and leaves out what no build reads. Run by a static bash; see tree.nix
# for the variables.
set -euo pipefail
umask 022
boot=$NIX_BUILD_TOP/boot
"$bootstrap/bin/busybox" mkdir -p "$boot/bin" "$boot/root"
"$bootstrap/bin/busybox" --install -s "$boot/bin"
export PATH=$boot/bin LC_ALL=C

# unpack DEB DIR [DECOMPRESSOR...]
unpack() {
  local deb=$1 dir=$2 member
  shift 2
  member=$(ar t "$deb" | grep '^data\.tar')
  case $member in
    *.xz) [[ $# -gt 0 ]] || set -- xz -dc ;;
    *.gz) set -- gzip -dc ;;
    *) printf 'error: %s holds %s, which cannot be unpacked here\n' "$deb" "$member" >&2 && exit 1 ;;
  esac
  ar p "$deb" "$member" | "$@" | tar -x -o -C "$dir"
}

# layout DIR: Debian's merged layout, which the packages themselves still lack.
layout() {
  local name
  mkdir -p "$1"/usr/{bin,lib}
  for name in bin lib lib64 sbin; do ln -s "usr/$name" "$1/$name"; done
  mkdir -p "$1"/usr/{sbin,lib64}
}

# busybox is slow at xz, so the second round uses Debian's own.
layout "$boot/root"
for deb in $bootstrapDebs; do unpack "$deb" "$boot/root"; done
bootLib=$boot/root/usr/lib/$triplet
bootLoader=$(echo "$bootLib"/ld-linux*.so.*)
bootRun() { "$bootLoader" --library-path "$bootLib" "$@"; }
patchelf() { bootRun "$boot/root/usr/bin/patchelf" "$@"; }

layout "$out"
for deb in $debs; do unpack "$deb" "$out" bootRun "$boot/root/usr/bin/xz" -dc; done
if [[ -n $files ]]; then cp -R "$files"/. "$out/usr/" && chmod -R u+w "$out/usr"; fi
cd "$out"
ln -s usr/include include
ln -s usr/share share

rm -rf etc var boot home root run srv tmp media mnt proc sys opt dev
rm -rf usr/{games,src,local} usr/lib/{locale,systemd,udev,tmpfiles.d,sysusers.d,mime,dpkg,init} usr/lib/"$triplet"/gconv
rm -rf usr/share/{doc,doc-base,man,info,locale,lintian,bug,menu,applications,icons,pixmaps,bash-completion,zsh,fish}
rm -rf usr/share/{emacs,emacsen-common,vim,gdb,common-licenses,base-files,dpkg,debianutils,polkit-1,gcc,binfmts,reportbug,apport,readline,man-db,initramfs-tools}

# The library folder and loader of this tree, or of the tree it is built on.
base=$out
for dep in $deps; do
  if [[ -e $dep/usr/lib/$triplet/libc.so.6 ]]; then base=$dep; fi
done
loader=$(echo "$base/usr/lib/$triplet"/ld-linux*.so.*)
rpath=$out/usr/lib/$triplet
for dep in $deps; do rpath+=:$dep/usr/lib/$triplet; done

# interpreter NAME: the program NAME in this tree or one that it is built on.
interpreter() {
  local dir name=$1
  if [[ $name == sh ]]; then name=bash; fi
  for dir in "$out" $deps $interpreters; do
    if [[ -e $dir/usr/bin/$name ]]; then
      echo "$dir/bin/$name"
      return
    fi
  done
}

find . -type l | sort >"$NIX_BUILD_TOP/links"
while read -r link; do
  target=$(readlink "$link")
  [[ $target == /* && $target != "$NIX_STORE"/* ]] || continue
  rm "$link"
  if [[ -e $out$target ]]; then ln -s "$out$target" "$link"; fi
done <"$NIX_BUILD_TOP/links"

find . -type f | sort >"$NIX_BUILD_TOP/files"
while read -r file; do
  magic=
  IFS= read -r -N 4 magic <"$file" 2>/dev/null || true
  case $magic in
    $'\x7fELF')
      case $file in
        *.o | *.a | *.ko | */libc.so.6 | */ld-linux*.so.*) continue ;;
      esac
      # The search path first: patchelf 0.18 breaks gcc 14's cc1 in the other order,
      # or with both at once. Static programs take neither, libraries no loader.
      patchelf --force-rpath --set-rpath "$rpath" "$file" 2>/dev/null || true
      patchelf --set-interpreter "$loader" "$file" 2>/dev/null || true
      ;;
    '#!'*)
      [[ -x $file ]] || continue
      IFS= read -r line <"$file"
      read -r -a words <<<"${line#\#!}"
      if [[ ${words[0]} == */env ]]; then words=("${words[@]:1}"); fi
      [[ ${words[0]:-} != "$NIX_STORE"/* ]] || continue
      found=$(interpreter "${words[0]##*/}")
      if [[ -n $found ]]; then
        sed -i "1s|.*|#!$found ${words[*]:1}|; 1s| *\$||" "$file"
      else
        rm "$file" # nothing in the sandbox could run it
      fi
      ;;
    *)
      case $file in
        *.pc) sed -i "s|^prefix=/usr|prefix=$out/usr|; s|=/usr/|=$out/usr/|" "$file" ;;
      esac
      ;;
  esac
done <"$NIX_BUILD_TOP/files"

if [[ -n $finish ]]; then . "$finish"; fi

# Links whose target went away with what was left out.
find . -type l | while read -r link; do
  if [[ ! -e $link ]]; then rm "$link"; fi
done
