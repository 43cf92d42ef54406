// Headers of the C library that its other headers include. A project that has one of these names in a search directory
// (gnulib does) puts it in front of the system's, also where a system header asks for it, which is not scanned.

import { asBytes, type Bytes } from "../bytes.ts";

/** As spelled in `#include <…>`: what the headers of glibc and of GCC include, and nothing that only belongs to itself. */
export const standardHeaders: readonly Bytes[] = (
  "alloca.h arpa/inet.h assert.h ctype.h dirent.h dlfcn.h elf.h endian.h errno.h fcntl.h features.h float.h getopt.h " +
  "inttypes.h iso646.h langinfo.h libintl.h limits.h locale.h malloc.h math.h net/if.h netdb.h netinet/in.h nl_types.h " +
  "paths.h pthread.h regex.h sched.h setjmp.h signal.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h " +
  "stdnoreturn.h string.h strings.h sys/cdefs.h sys/ioctl.h sys/ipc.h sys/param.h sys/poll.h sys/procfs.h sys/random.h " +
  "sys/select.h sys/socket.h sys/stat.h sys/statfs.h sys/syscall.h sys/syslog.h sys/time.h sys/types.h sys/ucontext.h " +
  "sys/uio.h sys/user.h sys/wait.h syscall.h termios.h time.h unistd.h utmp.h values.h wchar.h wctype.h xlocale.h"
)
  .split(" ")
  .map(asBytes);
