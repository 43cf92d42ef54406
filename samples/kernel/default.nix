# A small x86_64 kernel that starts a program, and a machine to start it in.
#
#   packages   Debian's or nixpkgs' flex, bison, bc, perl, kmod, cpio, libelf, qemu: see test/e2e/kernel.test.ts
#   src        a kernel source (scripts/fetch-kernel.sh)
{
  unravel,
  stdenv,
  packages,
  src,
  # more fragments
  config ? [ ],
  targets ? [ "vmlinux" "bzImage" ],
  # files to build of all that these need
  parts ? [ ],
}:
let
  tools = {
    nativeBuildInputs = [ packages.flex packages.bison packages.bc packages.perl packages.kmod packages.cpio packages.python3 ];
    buildInputs = [ packages.libelf ];
  }
  // packages.environment or { };
in
rec {
  kernel = unravel.kernel (
    {
      defconfig = "tinyconfig";
      config = [ ./boot.config ] ++ config;
      inherit src targets parts;
    }
    // tools
  );

  # One program and nothing else.
  initramfs = stdenv.mkDerivation {
    name = "initramfs";
    nativeBuildInputs = [ packages.cpio ];
    buildCommand = ''
      gcc -Os -static -nostdlib -ffreestanding -fno-stack-protector -o init ${./init.c}
      touch -d @0 init
      echo init | cpio -o -H newc --quiet --reproducible -R 0:0 > $out
    '';
  };

  # What a kernel writes to its serial port until it switches the machine off. Emulated in software.
  boot = image: stdenv.mkDerivation {
    name = "boot";
    nativeBuildInputs = [ packages.qemu ];
    buildCommand = ''
      data=${packages.qemu}/share
      timeout 120 qemu-system-x86_64 -L $data/qemu -L $data/seabios -accel tcg -m 64 -nodefaults -display none \
        -serial file:$out -no-reboot -kernel ${image} -initrd ${initramfs} -append "console=ttyS0 panic=-1" < /dev/null
    '';
  };
}
