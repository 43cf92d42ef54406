/* The lines of a text, tabs at their start made spaces. */
#ifndef LINES_H
#define LINES_H

#include "arena.h"
#include "base.h"
#include "strview.h"

struct lines {
  struct strview *items;
  size_t count;
};

struct lines lines_of(struct arena *arena, struct strview text);
/* A copy of some lines with up to `columns` spaces taken off each. */
struct lines lines_outdent(struct arena *arena, const struct strview *items, size_t count, size_t columns);
/* The lines with newlines between them. */
struct strview lines_join(struct arena *arena, const struct strview *items, size_t count);

#endif
