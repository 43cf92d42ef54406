#include <stdio.h>

#include "lib/core.h"
#include "table.h"

int shared(int x);
extern const char *const table[];

int main(void) {
  printf("%d %d %s\n", one() + two() + shared(0), TABLE_LENGTH, table[1]);
  return 0;
}
