/* Counts the words of its input. */
#include <stdio.h>
#include "words.h"

int main(void) {
  int c, inside = 0;
  long count = 0;
  while ((c = getchar()) != EOF) {
    count += !inside && !IS_SPACE(c);
    inside = !IS_SPACE(c);
  }
  printf("%ld\n", count);
  return 0;
}
