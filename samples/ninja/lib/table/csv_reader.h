/* The state of the CSV reader, for csv.c and csv_field.c. */
#ifndef CSV_READER_H
#define CSV_READER_H

#include "arena.h"
#include "base.h"
#include "strview.h"

struct csv_reader {
  struct arena *arena;
  struct strview rest;
  size_t line;
  char separator;
  const char *problem; /* NULL: none so far */
};

enum csv_end { CSV_FIELD, CSV_ROW, CSV_TEXT };

/* Reads one field and what ends it. */
enum csv_end csv_read_field(struct csv_reader *reader, struct strview *field);

#endif
