# What is known of the kernel's generated sources before they are made, for the scanner: what a capture made indeed,
# and for the rest what they are known to include. A step that reads more than that fails for want of it.
# Sourced, in the source tree. Variables: TMPDIR/new (what the capture made), made (an output).
# shellcheck shell=bash disable=SC2154

mkdir -p "$made"
laid=$PWD
(
  cd "$TMPDIR/new" || exit
  # What is in the tree is there for the steps.
  find . -type f -printf '%P\0' | while IFS= read -r -d '' path; do [[ ! -e $laid/$path ]] || rm "$path"; done
  # What was not run is empty.
  find . \( -name '*.h' -o -name '*.c' -o -name '*.S' \) -type f -size +0 -printf '%P\0' | xargs -0 -r cp --parents -t "$made" --
  # What is no source is not scanned (.incbin): it is enough that it will be there.
  find . ! -name '*.[chS]' ! -name '*.o' ! -name '*.a' ! -name '.*' -type f -size 0 -printf '%P\0' |
    xargs -0 -r cp --parents -t "$made" --
  unravelAssume() {
    [[ -e $1 && ! -e $made/$1 ]] || return 0
    [[ $1 != */* ]] || mkdir -p "$made/${1%/*}"
    printf '%s' "$2" > "$made/$1"
  }
  for header in include/generated/{bounds,asm-offsets,timeconst}.h scripts/mod/{elfconfig,devicetable-offsets}.h \
    arch/x86/boot/{cpustr,zoffset,voffset}.h arch/x86/realmode/rm/pasyms.h lib/{crc32table,crc64table}.h; do
    unravelAssume "$header" ''
  done
  for header in security/selinux/{flask,av_permissions}.h lib/oid_registry_data.c; do unravelAssume "$header" ''; done
  unravelAssume drivers/tty/vt/consolemap_deftbl.c $'#include <linux/types.h>\n'
  # What asn1_compiler makes of a grammar.
  find . -name '*.asn1.[ch]' -type f -size 0 -printf '%P\0' | while IFS= read -r -d '' file; do
    case $file in
      *.h) unravelAssume "$file" $'#include <linux/asn1_decoder.h>\n' ;;
      *)
        header=${file##*/}
        unravelAssume "$file" $'#include <linux/asn1_ber_bytecode.h>\n#include "'"${header%.c}"$'.h"\n'
        ;;
    esac
  done
  for image in 64 x32 32; do
    unravelAssume "arch/x86/entry/vdso/vdso-image-$image.c" \
      $'#include <linux/linkage.h>\n#include <asm/page_types.h>\n#include <asm/vdso.h>\n'
  done
  # As modpost begins them.
  find . -name '*.mod.c' -type f -size 0 -printf '%P\0' | while IFS= read -r -d '' file; do
    unravelAssume "$file" '#include <linux/module.h>
#define INCLUDE_VERMAGIC
#include <linux/build-salt.h>
#include <linux/elfnote-lto.h>
#include <linux/export-internal.h>
#include <linux/vermagic.h>
#include <linux/compiler.h>
/* CONFIG_MODULE_UNLOAD CONFIG_RETPOLINE CONFIG_MITIGATION_RETPOLINE */
'
  done
  unravelAssume .vmlinux.export.c $'#include <linux/export-internal.h>\n'
  for method in gz bz2 lzma xz lzo lz4 zst; do
    if [[ -e arch/x86/boot/compressed/vmlinux.bin.$method ]]; then
      unravelAssume arch/x86/boot/compressed/piggy.S $'.incbin "arch/x86/boot/compressed/vmlinux.bin.'"$method"$'"\n'
    fi
  done
)
