#include "order.h"

#include "number.h"

int order_cells(struct strview a, struct strview b) {
  if (number_is_decimal(a) && number_is_decimal(b)) return number_compare(a, b);
  return view_compare(a, b);
}

static bool belongs_before(const struct strview *a, const struct strview *b, size_t column, bool descending) {
  int order = order_cells(a[column], b[column]);
  return descending ? order > 0 : order < 0;
}

/* Insertion: tables of a document are small, and it is stable. */
void order_rows(struct table *table, size_t column, bool descending) {
  for (size_t next = 2; next < table->rows.count; next++) {
    void *row = table->rows.items[next];
    size_t at = next;
    while (at > 1 && belongs_before(row, table->rows.items[at - 1], column, descending)) {
      table->rows.items[at] = table->rows.items[at - 1];
      at--;
    }
    table->rows.items[at] = row;
  }
}
