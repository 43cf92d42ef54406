/* A generated file: collected in memory, written only if it differs, so that what reads it may stay. */
#ifndef OUTFILE_H
#define OUTFILE_H

#include <stddef.h>

struct outfile {
  char *data;
  size_t length;
  size_t capacity;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void outfile_print(struct outfile *file, const char *format, ...);
/* Frees the text. Ends the program if the file cannot be written. */
void outfile_write(struct outfile *file, const char *path);

#endif
