/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <quill/quill.h>

#include "base.h"

struct options {
  struct quill_options render;
  const char *css_file;
  const char *columns;
  const char *where;
  const char *sort;
  char separator;
  bool descending;
  const char *input; /* NULL: standard input */
  const char *output; /* NULL: standard output */
};

/* Prints what is wrong and returns false if the arguments cannot be read. */
bool options_read(struct options *options, int count, char **arguments);

#endif
