/* Comma-separated values, with quotes as in RFC 4180. */
#ifndef CSV_H
#define CSV_H

#include "arena.h"
#include "base.h"
#include "strview.h"
#include "table.h"

struct csv_error {
  size_t line; /* counted from 1 */
  const char *message;
};

/* The first row gives the number of columns. NULL and an error if the text is wrong. */
struct table *csv_parse(struct arena *arena, struct strview text, char separator, struct csv_error *error);

#endif
