#include "outfile.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what, const char *path) {
  fprintf(stderr, "cannot %s %s\n", what, path);
  exit(1);
}

static void reserve(struct outfile *file, size_t more) {
  size_t wanted = file->length + more + 1;
  if (wanted <= file->capacity) return;
  file->capacity = wanted * 2;
  file->data = realloc(file->data, file->capacity);
  if (file->data == NULL) fail("allocate", "memory");
}

void outfile_print(struct outfile *file, const char *format, ...) {
  va_list values, again;
  va_start(values, format);
  va_copy(again, values);
  int length = vsnprintf(NULL, 0, format, values);
  va_end(values);
  if (length < 0) fail("format", format);
  reserve(file, (size_t)length);
  vsnprintf(file->data + file->length, (size_t)length + 1, format, again);
  va_end(again);
  file->length += (size_t)length;
}

static bool has_same_content(const struct outfile *file, const char *path) {
  FILE *old = fopen(path, "rb");
  if (old == NULL) return false;
  size_t at = 0;
  int byte;
  while ((byte = getc(old)) != EOF && at < file->length && (unsigned char)file->data[at] == byte) at++;
  fclose(old);
  return byte == EOF && at == file->length;
}

void outfile_write(struct outfile *file, const char *path) {
  if (!has_same_content(file, path)) {
    FILE *out = fopen(path, "wb");
    if (out == NULL) fail("open", path);
    if (fwrite(file->data, 1, file->length, out) != file->length) fail("write", path);
    if (fclose(out) != 0) fail("write", path);
  }
  free(file->data);
  *file = (struct outfile){0};
}
