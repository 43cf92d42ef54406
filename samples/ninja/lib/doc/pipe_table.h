/* Tables drawn with pipes, for block.c. */
#ifndef PIPE_TABLE_H
#define PIPE_TABLE_H

#include "arena.h"
#include "base.h"
#include "strview.h"

struct table;

/* Whether the first two lines are a heading row and a row of dashes. */
bool pipe_table_starts(const struct strview *lines, size_t count);
/* Sets how many lines the table takes. */
struct table *pipe_table_parse(struct arena *arena, const struct strview *lines, size_t count, size_t *taken);

#endif
