/* The library: what a word is, is decided here alone. */
#include "words.h"
#include <ctype.h>
#include <stdio.h>

size_t words_count(const char *text) {
  size_t count = 0;
  int inside = 0;
  for (; *text != '\0'; text++) {
    int is_letter = isalnum((unsigned char)*text) != 0;
    if (is_letter && !inside) count++;
    inside = is_letter;
  }
  return count;
}

void words_print(const char *text) {
  int inside = 0;
  for (; *text != '\0'; text++) {
    int letter = (unsigned char)*text;
    putchar(inside ? letter : toupper(letter));
    inside = isalnum(letter) != 0;
  }
}
