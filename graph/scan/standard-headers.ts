// Headers of the C library and of Linux's interface that its other headers include. A project that has one of these names in a search directory
// (gnulib does, and Linux's tools do) puts it in front of the system's, also where a system header asks for it, which is not scanned.

import { asBytes, type Bytes } from "../bytes.ts";

/** As spelled in `#include <…>`: what the headers of glibc and of GCC include, with Linux's behind them, and nothing that only belongs to itself. */
export const standardHeaders: readonly Bytes[] = (
  "asm-generic/bitsperlong.h asm-generic/errno-base.h asm-generic/errno.h asm-generic/int-ll64.h asm-generic/ioctl.h " +
  "asm-generic/ioctls.h asm-generic/param.h asm-generic/posix_types.h asm-generic/socket.h asm-generic/sockios.h " +
  "asm-generic/types.h asm/bitsperlong.h asm/byteorder.h asm/errno.h asm/ioctl.h asm/ioctls.h asm/param.h " +
  "asm/posix_types.h asm/socket.h asm/sockios.h asm/swab.h asm/types.h asm/unistd.h linux/close_range.h linux/const.h " +
  "linux/errno.h linux/falloc.h linux/ioctl.h linux/kernel.h linux/limits.h linux/mount.h linux/param.h " +
  "linux/posix_types.h linux/rseq.h linux/stat.h linux/stddef.h linux/swab.h linux/sysinfo.h linux/types.h linux/version.h " +
  "alloca.h arpa/inet.h assert.h ctype.h dirent.h dlfcn.h elf.h endian.h errno.h fcntl.h features.h float.h getopt.h " +
  "inttypes.h iso646.h langinfo.h libintl.h limits.h locale.h malloc.h math.h net/if.h netdb.h netinet/in.h nl_types.h " +
  "paths.h pthread.h regex.h sched.h setjmp.h signal.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h " +
  "stdnoreturn.h string.h strings.h sys/cdefs.h sys/ioctl.h sys/ipc.h sys/param.h sys/poll.h sys/procfs.h sys/random.h " +
  "sys/select.h sys/socket.h sys/stat.h sys/statfs.h sys/syscall.h sys/syslog.h sys/time.h sys/types.h sys/ucontext.h " +
  "sys/uio.h sys/user.h sys/wait.h syscall.h termios.h time.h unistd.h utmp.h values.h wchar.h wctype.h xlocale.h"
)
  .split(" ")
  .map(asBytes);
