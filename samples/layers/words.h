/* Splits text into words. */
#ifndef WORDS_H
#define WORDS_H
#include <stddef.h>

/** The number of words in a text. */
size_t words_count(const char *text);
/** Writes the text to standard output with each word capitalised. */
void words_print(const char *text);
#endif
