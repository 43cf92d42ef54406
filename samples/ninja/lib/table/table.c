#include "table.h"

#include "number.h"

struct table *table_new(struct arena *arena, size_t columns) {
  struct table *table = arena_get(arena, sizeof *table);
  table->arena = arena;
  table->columns = columns;
  table->aligns = arena_get(arena, columns * sizeof *table->aligns);
  return table;
}

void table_add_row(struct table *table, const struct strview *cells, size_t count) {
  struct strview *row = arena_get(table->arena, table->columns * sizeof *row);
  for (size_t i = 0; i < table->columns; i++) row[i] = i < count ? cells[i] : VIEW("");
  vec_add(&table->rows, row);
}

struct strview table_cell(const struct table *table, size_t row, size_t column) {
  const struct strview *cells = table->rows.items[row];
  return cells[column];
}

size_t table_find_column(const struct table *table, struct strview name) {
  if (table->rows.count == 0) return VIEW_NOT_FOUND;
  for (size_t i = 0; i < table->columns; i++)
    if (view_equal_ignoring_case(table_cell(table, 0, i), name)) return i;
  uint32_t number;
  if (number_parse(name, 10, 100000, &number) && number >= 1 && number <= table->columns) return number - 1;
  return VIEW_NOT_FOUND;
}

void table_free(struct table *table) { vec_free(&table->rows); }
