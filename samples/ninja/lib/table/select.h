/* Choose columns and rows of a table. */
#ifndef SELECT_H
#define SELECT_H

#include "base.h"
#include "strview.h"
#include "table.h"

/* The columns of a comma-separated list, in its order. NULL and the unknown name if there is one. */
struct table *select_columns(const struct table *table, struct strview names, struct strview *unknown);
/* The rows that meet "column=value", "column!=value", "column<value" or "column>value"; NULL as above. */
struct table *select_rows(const struct table *table, struct strview condition, struct strview *unknown);

#endif
