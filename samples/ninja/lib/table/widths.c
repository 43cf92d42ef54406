#include "widths.h"

#include "utf8.h"

size_t *widths_of(const struct table *table) {
  size_t *widths = arena_get(table->arena, table->columns * sizeof *widths);
  for (size_t column = 0; column < table->columns; column++) {
    widths[column] = TABLE_NARROWEST;
    for (size_t row = 0; row < table->rows.count; row++) {
      size_t width = utf8_columns(table_cell(table, row, column));
      if (width > widths[column]) widths[column] = width;
    }
  }
  return widths;
}
