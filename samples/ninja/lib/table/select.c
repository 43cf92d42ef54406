#include "select.h"

#include <stdlib.h>

#include "condition.h"
#include "memory.h"

static size_t count_names(struct strview names) {
  size_t count = 1;
  for (size_t i = 0; i < names.length; i++) count += names.data[i] == ',';
  return count;
}

static struct table *copy_columns(const struct table *table, const size_t *columns, size_t count) {
  struct table *chosen = table_new(table->arena, count);
  struct strview *cells = memory_get(count * sizeof *cells);
  for (size_t column = 0; column < count; column++) chosen->aligns[column] = table->aligns[columns[column]];
  for (size_t row = 0; row < table->rows.count; row++) {
    for (size_t column = 0; column < count; column++) cells[column] = table_cell(table, row, columns[column]);
    table_add_row(chosen, cells, count);
  }
  free(cells);
  return chosen;
}

struct table *select_columns(const struct table *table, struct strview names, struct strview *unknown) {
  size_t count = count_names(names);
  size_t *columns = memory_get(count * sizeof *columns);
  struct table *chosen = NULL;
  size_t start = 0, found = 0;
  for (; found < count; found++) {
    size_t comma = view_find(names, ',', start);
    struct strview name = view_trim(view_slice(names, start, comma == VIEW_NOT_FOUND ? names.length : comma));
    columns[found] = table_find_column(table, name);
    if (columns[found] == VIEW_NOT_FOUND) {
      *unknown = name;
      break;
    }
    start = comma + 1;
  }
  if (found == count) chosen = copy_columns(table, columns, count);
  free(columns);
  return chosen;
}

struct table *select_rows(const struct table *table, struct strview text, struct strview *unknown) {
  struct condition condition;
  *unknown = text;
  if (!condition_parse(text, &condition)) return NULL;
  size_t column = table_find_column(table, condition.column);
  *unknown = condition.column;
  if (column == VIEW_NOT_FOUND) return NULL;
  struct table *chosen = table_new(table->arena, table->columns);
  for (size_t i = 0; i < table->columns; i++) chosen->aligns[i] = table->aligns[i];
  for (size_t row = 0; row < table->rows.count; row++)
    if (row == 0 || condition_holds(&condition, table_cell(table, row, column)))
      table_add_row(chosen, table->rows.items[row], table->columns);
  return chosen;
}
