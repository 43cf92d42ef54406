#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory) {
  if (memory == NULL) {
    fputs("quill: out of memory\n", stderr);
    exit(3);
  }
  return memory;
}

void *memory_get(size_t size) { return checked(calloc(1, size == 0 ? 1 : size)); }

void *memory_resize(void *old, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return checked(NULL);
  size_t bytes = count * size;
  return checked(realloc(old, bytes == 0 ? 1 : bytes));
}

char *memory_copy(const char *text, size_t length) {
  char *copy = memory_get(length + 1);
  if (length > 0) memcpy(copy, text, length);
  return copy;
}
