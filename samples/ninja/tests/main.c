/* The unit tests: prints what failed; the exit code says whether anything did. */
#include <stdio.h>
#include <string.h>

#include "expect.h"

static unsigned passed, failed;

void expect_true(bool holds, const char *claim, const char *file, int line) {
  if (holds) {
    passed++;
    return;
  }
  failed++;
  printf("%s:%d: not so: %s\n", file, line, claim);
}

void expect_text(const char *got, const char *wanted, const char *file, int line) {
  bool is_equal = strcmp(got, wanted) == 0;
  expect_true(is_equal, "the texts are equal", file, line);
  if (!is_equal) printf("  wanted: %s\n  got:    %s\n", wanted, got);
}

int main(void) {
  test_text();
  test_table();
  test_document();
  printf("%u passed, %u failed\n", passed, failed);
  return failed > 0;
}
