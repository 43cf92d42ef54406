#include "csv.h"

#include <stdlib.h>

#include "csv_reader.h"
#include "memory.h"

struct row {
  struct strview *cells;
  size_t count;
  size_t capacity;
};

static void add_cell(struct row *row, struct strview cell) {
  if (row->count == row->capacity) {
    row->capacity = row->capacity == 0 ? 8 : row->capacity * 2;
    row->cells = memory_resize(row->cells, row->capacity, sizeof *row->cells);
  }
  row->cells[row->count++] = cell;
}

static enum csv_end read_row(struct csv_reader *reader, struct row *row) {
  row->count = 0;
  enum csv_end end;
  do {
    struct strview field;
    end = csv_read_field(reader, &field);
    add_cell(row, field);
  } while (end == CSV_FIELD && reader->problem == NULL);
  return end;
}

struct table *csv_parse(struct arena *arena, struct strview text, char separator, struct csv_error *error) {
  struct csv_reader reader = {arena, text, 1, separator, NULL};
  struct table *table = NULL;
  struct row row = {0};
  if (text.length == 0) reader.problem = "there is no heading row";
  enum csv_end end = CSV_ROW;
  size_t line = 1;
  while (end != CSV_TEXT && reader.problem == NULL) {
    line = reader.line;
    end = read_row(&reader, &row);
    if (table == NULL) table = table_new(arena, row.count);
    if (row.count > table->columns && reader.problem == NULL) reader.problem = "more cells than the heading row has";
    table_add_row(table, row.cells, row.count);
  }
  free(row.cells);
  if (reader.problem == NULL) return table;
  *error = (struct csv_error){line, reader.problem};
  if (table != NULL) table_free(table);
  return NULL;
}
