/* The only program of the sample's userspace: writes a line to the console and switches the machine off. No libc. */

static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

enum { SYS_WRITE = 1, SYS_REBOOT = 169 };

void _start(void) {
  static const char line[] = "unravel: userspace is running\n";
  call(SYS_WRITE, 1, (long)line, sizeof line - 1);
  /* LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART: qemu ends with -no-reboot. */
  call(SYS_REBOOT, 0xfee1dead, 672274793, 0x01234567);
  for (;;) {
  }
}
