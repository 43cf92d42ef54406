/* count TEXT...: the number of words in each. */
#include <words.h>
#include <stdio.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("%zu\n", words_count(argv[i]));
  return 0;
}
