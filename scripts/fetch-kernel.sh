#!/usr/bin/env bash
# Fetches Debian's linux-source package and prints the folder the kernel is unpacked in.
#
# usage: scripts/fetch-kernel.sh [--whole | --defconfig] [--suite SUITE]
#   --whole      every file
#   --defconfig  what x86's defconfig is made of, and more: no C-family file of other architectures, nor of large families
#                of drivers that it has nothing of
#   neither      what a small x86 kernel is made of: all of Kconfig's and make's files, but no C-family file of other
#                architectures, of most drivers, or of tools that no kernel build runs
# The choice is made by folder and suffix, before and without looking at any configuration.
# The folder is .cache/sources/linux (linux-whole, linux-defconfig); linux.version beside it tells which version it is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=private-apt.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/private-apt.sh"

usage() {
  printf 'error: %s [setup/usage]\n  hint: scripts/fetch-kernel.sh [--whole | --defconfig] [--suite SUITE]\n' "$1" >&2
  exit 2
}

suite=
kind=
while [[ $# -gt 0 ]]; do
  case $1 in
    --whole) kind=-whole ;;
    --defconfig) kind=-defconfig ;;
    --suite)
      [[ $# -gt 1 ]] || usage "--suite needs a value"
      suite=$2
      shift
      ;;
    *) usage "unknown argument \"$1\"" ;;
  esac
  shift
done
suite=${suite:-$(machine_suite)}
target=$cache_dir/sources/linux$kind

# Folders that no build of an x86 kernel reads, and others that a small one only asks for its options and makefiles.
unread=(arch/{alpha,arc,arm,arm64,csky,hexagon,ia64,loongarch,m68k,microblaze,mips,nios2,openrisc,parisc,powerpc,riscv,s390,sh,sparc,um,xtensa}/{boot,configs,include,kernel,mm}
  Documentation/'*' LICENSES tools/{perf,testing})
others=(arch/{alpha,arc,arm,arm64,csky,hexagon,ia64,loongarch,m68k,microblaze,mips,nios2,openrisc,parisc,powerpc,riscv,s390,sh,sparc,um,xtensa})
uncompiled=("${others[@]}"
  drivers/{accessibility,ata,atm,auxdisplay,bcma,block,bluetooth,bus,cdrom,clk,comedi,counter,cpufreq}
  drivers/{crypto,cxl,devfreq,dma,edac,extcon,firewire,fpga,fsi,gnss,gpio,gpu,greybus,hid,hsi,hv,hwmon,hwspinlock,hwtracing,i2c,i3c}
  drivers/{iio,infiniband,input,interconnect,ipack,isdn,leds,macintosh,mailbox,mcb,md,media,memory,memstick,message,mfd,misc,mmc,mtd,mux}
  drivers/{net,nfc,ntb,nubus,nvdimm,nvme,nvmem,parisc,parport,pcmcia,peci,perf,phy,pinctrl,platform,power,powercap,pps,ptp,pwm,rapidio}
  drivers/{regulator,remoteproc,reset,rpmsg,s390,sbus,scsi,sh,siox,slimbus,soc,soundwire,spi,spmi,ssb,staging,target,tc,thermal}
  drivers/{thunderbolt,ufs,uio,usb,vdpa,vfio,vhost,video,vlynq,vme,w1,watchdog,xen,zorro}
  fs/{afs,btrfs,ceph,cifs,ext4,f2fs,gfs2,jfs,ksmbd,nfs,nfsd,ntfs,ntfs3,ocfs2,orangefs,reiserfs,ubifs,udf,ufs,xfs} net samples sound)

undefaulted=("${others[@]}" drivers/gpu/drm/{amd,arm,armada,aspeed,ast,atmel-hlcdc,etnaviv,exynos,fsl-dcu,gma500,gud,hisilicon,hyperv,i2c,i810}
  drivers/gpu/drm/{imx,ingenic,kmb,lima,logicvc,mcde,mediatek,meson,mga,mgag200,msm,mxsfb,nouveau,omapdrm,panfrost,pl111,qxl,r128,radeon}
  drivers/gpu/drm/{rcar-du,rockchip,savage,shmobile,sis,solomon,sprd,sti,stm,sun4i,tdfx,tegra,tidss,tilcdc,tiny,tve200,udl,v3d,vboxvideo,vc4}
  drivers/gpu/drm/{vgem,via,vkms,vmwgfx,xen,xlnx}
  drivers/{accessibility,atm,bcma,comedi,counter,fpga,fsi,gnss,greybus,hsi,iio,infiniband,interconnect,ipack,isdn,media,memstick,most,mtd}
  drivers/{mux,nfc,ntb,nubus,parisc,peci,pwm,rapidio,remoteproc,rpmsg,s390,sbus,sh,siox,slimbus,soc,soundwire,spmi,ssb,staging,target}
  drivers/{tc,uio,vdpa,vfio,vhost,vlynq,w1,xen,zorro}
  drivers/net/wireless/{ath,broadcom,intel,marvell,mediatek,realtek,ti}
  drivers/net/ethernet/{mellanox,chelsio,qlogic,sfc,hisilicon}
  drivers/scsi/{lpfc,qla2xxx,bfa,qla4xxx,be2iscsi,mpt3sas,megaraid} sound/soc)

if [[ -f $target.version && $(<"$target.version") == "$suite "* && -d $target ]]; then
  printf '%s\n' "$target"
  exit 0
fi
require_commands apt-get dpkg-deb flock tar xz
lock_cache
apt_open "$suite"
archives=$cache_dir/sources/archives/$suite
mkdir -p "$archives"
# The metapackage depends on the suite's own version.
package=$(private_apt apt-cache depends linux-source 2>/dev/null | sed -n 's/^ *Depends: \(linux-source-[0-9.]*\)$/\1/p' | head -n 1)
[[ -n $package ]] || fail setup/package "suite $suite has no package linux-source" \
  "pass another suite: --suite bookworm"
if [[ -z $(find "$archives" -name "${package}_*.deb" -mtime -7) ]]; then
  say "downloading $package ($suite, about 140 MB)"
  (cd "$archives" && private_apt apt-get -qq download "$package") >"$apt_dir/source.log" 2>&1 ||
    apt_failed "$apt_dir/source.log" "suite $suite cannot give $package"
fi
deb=$(find "$archives" -name "${package}_*.deb" -printf '%T@ %p\n' | sort -n | tail -n 1)
deb=${deb#* }
options=()
if [[ $kind == -defconfig ]]; then uncompiled=("${undefaulted[@]}"); fi
if [[ $kind != -whole ]]; then
  # Anchored, and with no wildcard before the folder: a name that does not match costs next to nothing.
  options=(--anchored)
  for folder in "${unread[@]}"; do options+=("--exclude=$package/$folder/*"); done
  for folder in "${uncompiled[@]}"; do options+=("--exclude=$package/$folder/*.[chS]"); done
fi
fresh=$target.fresh
rm -rf "$fresh"
mkdir -p "$fresh"
say "unpacking ${deb##*/}"
dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$package.tar.xz" | xz -dc |
  tar -x --no-same-owner --strip-components=1 --wildcards "${options[@]}" -C "$fresh"
# Nobody looks for what is left of them.
find "$fresh" -type d -empty -delete
rm -rf "$target"
mv "$fresh" "$target"
version=${deb##*/"${package}"_}
printf '%s %s\n' "$suite" "${version%_*}" >"$target.version"
say "$package ${version%_*}"
printf '%s\n' "$target"
