# Makes of a shared library what a linker sees of it: bash interface.sh LIBRARY INTERFACE. With bash and coreutils.
#
# A linker that is given a library reads its dynamic symbols with their names, versions, sizes and kinds, which
# libraries it needs, and, for data that a program copies, the alignment, section and aliases of a symbol. It looks at
# no instruction and no byte of data. All of that is written here in a form that does not change when only code does:
# addresses become numbers in the order of the symbol table, sections keep what decides how a symbol is treated. What
# is linked with the interface is byte for byte what is linked with the library.
#
# What this does not know is not guessed: then the interface is the library itself.
set -euo pipefail
export LC_ALL=C
library=$1 interface=$2

# However this ends early.
trap 'cp -- "$library" "$interface"' EXIT
exec 2> /dev/null
whole() { exit 0; }

# Unsigned little-endian integers from the header's bytes.
u16() { printf -v "$1" '%d' "$((bytes[$2] | bytes[$2 + 1] << 8))"; }
u32() { printf -v "$1" '%d' "$((bytes[$2] | bytes[$2 + 1] << 8 | bytes[$2 + 2] << 16 | bytes[$2 + 3] << 24))"; }

read -r -d '' -a bytes < <(od -An -v -w64 -tu1 -N64 -- "$library") || :
# ELF, 64 bits, little-endian.
[[ "${bytes[*]:0:6}" == "127 69 76 70 2 1" && ${#bytes[@]} -eq 64 ]] || whole
u16 type 16
u16 machine 18
u32 offset 40
u32 offsetHigh 44
u16 entrySize 58
u16 count 60
u16 namesIndex 62
# A shared object for x86-64 or AArch64: linkers read attributes of their own from those of other machines.
((type == 3 && (machine == 62 || machine == 183) && offsetHigh == 0 && entrySize == 64)) || whole
((count > 1 && namesIndex > 0 && namesIndex < count)) || whole

# Sections: columns of the table, in decimal.
types=() flags=() addresses=() offsets=() sizes=() links=() infos=() alignments=() sizesOfEntries=() nameOffsets=()
while read -r a b c d e f g h; do
  nameOffsets+=($((16#${a:8})))
  types+=($((16#${a:0:8})))
  flags+=($((16#$b)))
  addresses+=($((16#$c)))
  offsets+=($((16#$d)))
  sizes+=($((16#$e)))
  links+=($((16#${f:8})))
  infos+=($((16#${f:0:8})))
  alignments+=($((16#$g)))
  sizesOfEntries+=($((16#$h)))
done < <(od -An -v --endian=little -tx8 -w64 -j"$offset" -N$((count * 64)) -- "$library")
((${#types[@]} == count)) || whole

part() { tail -c +$((offsets[$1] + 1)) -- "$library" | head -c "${sizes[$1]}" || :; }

# Names by where they begin; one may be the end of another.
mapfile -d '' -t strings < <(part "$namesIndex")
names=()
for ((i = 0; i < count; i++)); do
  start=0
  for string in "${strings[@]}"; do
    if ((nameOffsets[i] <= start + ${#string})); then
      names[i]=${string:nameOffsets[i] - start}
      break
    fi
    start=$((start + ${#string} + 1))
  done
  [[ -n ${names[i]+x} ]] || whole
  # A warning is text that linkers read and print.
  [[ ${names[i]} != .gnu.warning* ]] || whole
done

symbols=0 dynamic=0
versions=() notes=()
for ((i = 1; i < count; i++)); do
  case ${types[i]} in
    11) symbols=$i ;;
    6) dynamic=$i ;;
    # SHT_GNU_versym, verdef and verneed.
    $((0x6fffffff)) | $((0x6ffffffd)) | $((0x6ffffffe))) versions+=("$i") ;;
    7) if [[ ${names[i]} == .note.gnu.property ]]; then notes+=("$i"); fi ;;
  esac
done
((symbols && dynamic && links[symbols] == links[dynamic])) || whole
((sizesOfEntries[symbols] == 24 && sizesOfEntries[dynamic] == 16)) || whole
texts=${links[symbols]}
for i in "${versions[@]}"; do
  ((links[i] == texts || links[i] == symbols)) || whole
done

# The segment that is read-only once a program has started: a linker asks whether a symbol lies in it.
read -r -d '' -a header < <(od -An -v --endian=little -tx8 -w8 -j32 -N8 -- "$library") || :
u16 segmentSize 54
u16 segmentCount 56
relro=()
if ((segmentCount)); then
  ((segmentSize == 56)) || whole
  read=0
  while read -r a _ b _ _ c _; do
    ((++read))
    # PT_GNU_RELRO
    if [[ ${a:8} == 6474e552 ]]; then relro+=($((16#$b)) $((16#$b + 16#$c))); fi
  done < <(od -An -v --endian=little -tx8 -w56 -j$((16#${header[0]})) -N$((segmentCount * 56)) -- "$library")
  ((read == segmentCount)) || whole
fi
((${#relro[@]} <= 2)) || whole

hex=
put8() { printf -v hex '%s\\x%02x' "$hex" "$1"; }
put16() { printf -v hex '%s\\x%02x\\x%02x' "$hex" $(($1 & 255)) $(($1 >> 8 & 255)); }
put32() {
  printf -v hex '%s\\x%02x\\x%02x\\x%02x\\x%02x' "$hex" \
    $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}
put64() {
  put32 $(($1 & 0xffffffff))
  put32 $(($1 >> 32 & 0xffffffff))
}

# Symbols. An address becomes section, number, and as much of its alignment as counts: a section's alignment is the
# most that anybody makes of a symbol in it. Equal addresses stay equal, for they make one variable of two names.
declare -A numbers=()
kept=() numberOf=() next=() base=() table=()
# Above all others: one segment holds them and no other section.
relroBase=$((1 << 62))
keep() {
  [[ -z ${numberOf[$1]:-} ]] || return 0
  kept+=("$1")
  numberOf[$1]=${#kept[@]}
  next[$1]=0
  base[$1]=$((${#kept[@]} << 48))
  ((${#kept[@]} < 8192)) || whole
  # What a thread has a copy of (SHF_TLS) is never copied.
  ((${#relro[@]} && !(flags[$1] & 0x400))) || return 0
  ((addresses[$1] < relro[1] && addresses[$1] + sizes[$1] > relro[0])) || return 0
  # In part: it depends on the symbol.
  ((addresses[$1] >= relro[0] && addresses[$1] + sizes[$1] <= relro[1])) || whole
  base[$1]=$((base[$1] | relroBase))
}
while read -r -a s; do
  ((${#s[@]} == 24)) || whole
  section=$((16#${s[7]}${s[6]}))
  # SHN_UNDEF, and what has no address: SHN_ABS, SHN_COMMON.
  if ((section == 0 || section == 0xfff1 || section == 0xfff2)); then
    printf -v line '\\x%s' "${s[@]}"
    table+=("$line")
    continue
  fi
  ((section < count)) || whole
  keep "$section"
  align=$((alignments[section] ? alignments[section] : 1))
  ((align <= 65536 && (align & (align - 1)) == 0)) || whole
  low=$((16#${s[9]}${s[8]} & (align - 1)))
  # Keeps the lowest bit that is set: 24 is aligned as 8 is.
  low=$((low & -low))
  kind=$((16#${s[4]} & 15))
  # Functions are never copied, and their size is nobody's but a debugger's. STT_FUNC, STT_GNU_IFUNC.
  if ((kind == 2 || kind == 10)); then
    low=$((16#${s[8]} & 1))
    [[ ${s[*]:16:8} == "00 00 00 00 00 00 00 00" ]] || s=("${s[@]:0:16}" 01 00 00 00 00 00 00 00)
  fi
  address=$section:${s[*]:8:8}
  number=${numbers[$address]:-}
  if [[ -z $number ]]; then
    number=$((++next[section]))
    numbers[$address]=$number
  fi
  index=${numberOf[section]}
  printf -v line '%s\\x%02x\\x%02x%s\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x%s' \
    "\\x${s[0]}\\x${s[1]}\\x${s[2]}\\x${s[3]}\\x${s[4]}\\x${s[5]}" $((index & 255)) $((index >> 8)) "" \
    $((low & 255)) $((low >> 8)) $((number & 255)) $((number >> 8 & 255)) $((number >> 16 & 255)) $((number >> 24)) \
    $((base[section] >> 48 & 255)) $((base[section] >> 56)) \
    "\\x${s[16]}\\x${s[17]}\\x${s[18]}\\x${s[19]}\\x${s[20]}\\x${s[21]}\\x${s[22]}\\x${s[23]}"
  table+=("$line")
done < <(od -An -v -tx1 -w24 -j"${offsets[symbols]}" -N"${sizes[symbols]}" -- "$library")
((${#table[@]} * 24 == sizes[symbols])) || whole

# The interface's sections: those of symbols, then what is read of them.
order=("${kept[@]}")
for i in "$texts" "$symbols" "${versions[@]}" "${notes[@]}" "$dynamic"; do
  # Where a symbol stands in one of these, a linker would find an address twice.
  [[ -z ${numberOf[i]:-} ]] || whole
  order+=("$i")
  numberOf[i]=${#order[@]}
done

# Segments: all that is read, one per section of symbols, and the one that is read-only in the end.
segments=()
for i in "${kept[@]}"; do
  # PF_R, PF_W, PF_X by SHF_WRITE, SHF_EXECINSTR.
  segments+=("1 $((4 | (flags[i] & 1) << 1 | (flags[i] & 4) >> 2)) ${base[i]} $(((next[i] + 1) << 16))")
done
((${#relro[@]} == 0)) || segments+=("$((0x6474e552)) 4 $relroBase $((1 << 61))")

at=$((64 + 56 * (${#segments[@]} + 1)))
places=()
for i in "${order[@]:${#kept[@]}}"; do
  at=$(((at + 15) & ~15))
  places[i]=$at
  at=$((at + sizes[i]))
done
at=${places[dynamic]}

hex= entries=0 read=0
while read -r tag value; do
  ((++read))
  tag=$((16#$tag)) value=$((16#$value))
  case $tag in
    # DT_NEEDED, SONAME, RPATH, SYMBOLIC, TEXTREL, RUNPATH, FLAGS, FLAGS_1, STRSZ, SYMENT, VERDEFNUM, VERNEEDNUM,
    # CONFIG, DEPAUDIT, AUDIT, AUXILIARY, FILTER: what they say is no address.
    1 | 14 | 15 | 16 | 22 | 29 | 30 | $((0x6ffffffb)) | 10 | 11 | $((0x6ffffffd)) | $((0x6fffffff))) ;;
    $((0x6ffffefa)) | $((0x6ffffefb)) | $((0x6ffffefc)) | $((0x7ffffffd)) | $((0x7fffffff))) ;;
    5) value=${places[texts]} ;;
    6) value=${places[symbols]} ;;
    *) continue ;;
  esac
  put64 "$tag"
  put64 "$value"
  ((++entries))
done < <(od -An -v --endian=little -tx8 -w16 -j"${offsets[dynamic]}" -N"${sizes[dynamic]}" -- "$library")
((read * 16 == sizes[dynamic])) || whole
# DT_NULL to the end. How many there are is the linker's affair: relocations that code needs have entries of their own.
((++entries))
put64 0
put64 0
dynamicTable=$hex
sizes[dynamic]=$((entries * 16))
at=$((at + sizes[dynamic]))

namesText='\x00' namesLength=1
namesAt=() last=$((${#order[@]} + 1))
for i in "${order[@]}"; do
  namesAt[i]=$namesLength
  namesText+=${names[i]//\\/\\\\}'\x00'
  namesLength=$((namesLength + ${#names[i]} + 1))
done
namesText=${namesText//%/%%}'.shstrtab\x00'
namesPlace=$at
at=$((at + namesLength + 10))
sectionsPlace=$(((at + 15) & ~15))

# Writes a part at its place; `written` is how far the file has come.
written=0
pad() {
  local i
  for ((i = written; i < $1; i++)); do printf '\0'; done
  written=$1
}
{
  hex=
  for ((i = 0; i < 24; i++)); do put8 "${bytes[i]}"; done
  put64 0
  put64 64
  put64 "$sectionsPlace"
  for ((i = 48; i < 52; i++)); do put8 "${bytes[i]}"; done
  put16 64
  put16 56
  put16 $((${#segments[@]} + 1))
  put16 64
  put16 $((last + 1))
  put16 "$last"
  # PT_LOAD
  put32 1
  put32 4
  put64 0
  put64 0
  put64 0
  put64 "$namesPlace"
  put64 "$namesPlace"
  put64 4096
  for segment in "${segments[@]}"; do
    read -r kind access place length <<< "$segment"
    put32 "$kind"
    put32 "$access"
    put64 0
    put64 "$place"
    put64 "$place"
    put64 0
    put64 "$length"
    put64 4096
  done
  # shellcheck disable=SC2059 # the format is what is written
  printf "$hex"
  written=$((64 + 56 * (${#segments[@]} + 1)))
  for i in "${order[@]:${#kept[@]}}"; do
    pad "${places[i]}"
    if ((i == symbols)); then
      # shellcheck disable=SC2059
      for line in "${table[@]}"; do printf "$line"; done
    elif ((i == dynamic)); then
      # shellcheck disable=SC2059
      printf "$dynamicTable"
    else
      part "$i"
    fi
    written=$((written + sizes[i]))
  done
  pad "$namesPlace"
  # shellcheck disable=SC2059
  printf "$namesText"
  written=$at
  pad "$sectionsPlace"
  hex=
  for ((i = 0; i < 64; i++)); do put8 0; done
  for i in "${order[@]}"; do
    put32 "${namesAt[i]}"
    put32 "${types[i]}"
    put64 "${flags[i]}"
    if [[ -n ${places[i]:-} ]]; then
      put64 "${places[i]}"
      put64 "${places[i]}"
      put64 "${sizes[i]}"
    else
      put64 "${base[i]}"
      put64 64
      # Memory that no byte of the file fills has a size there; elsewhere it would be the file's.
      if ((types[i] == 8)); then put64 $(((next[i] + 1) << 16)); else put64 0; fi
    fi
    put32 $((${numberOf[links[i]]:-0}))
    put32 $((i == symbols || types[i] == 0x6ffffffd || types[i] == 0x6ffffffe ? infos[i] : 0))
    put64 "${alignments[i]}"
    put64 "${sizesOfEntries[i]}"
  done
  # SHT_STRTAB
  put32 "$namesLength"
  put32 3
  put64 0
  put64 0
  put64 "$namesPlace"
  put64 $((namesLength + 10))
  put32 0
  put32 0
  put64 1
  put64 0
  # shellcheck disable=SC2059
  printf "$hex"
} > "$interface"
trap - EXIT
