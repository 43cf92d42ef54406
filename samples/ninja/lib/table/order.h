/* Put the rows of a table in order. */
#ifndef ORDER_H
#define ORDER_H

#include "base.h"
#include "strview.h"
#include "table.h"

/* By value if both are numbers, else by bytes. */
int order_cells(struct strview a, struct strview b);
/* Stable; the heading row stays first. */
void order_rows(struct table *table, size_t column, bool descending);

#endif
