/* greet WORD...: greets each. */
#include <words.h>
#include <stdio.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    fputs("hello, ", stdout);
    words_print(argv[i]);
    putchar('\n');
  }
  return 0;
}
