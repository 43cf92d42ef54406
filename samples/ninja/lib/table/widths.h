/* How wide the columns of a table are. */
#ifndef WIDTHS_H
#define WIDTHS_H

#include "base.h"
#include "table.h"

#ifndef TABLE_NARROWEST
#define TABLE_NARROWEST 3
#endif

/* One width per column, in the arena of the table. */
size_t *widths_of(const struct table *table);

#endif
