#include <stdio.h>

#include "align.h"
#include "arena.h"
#include "commands.h"
#include "csv.h"
#include "draw.h"
#include "files.h"
#include "order.h"
#include "select.h"

static bool complain(const char *what, struct strview name) {
  fprintf(stderr, "quill: %s \"%.*s\"\n", what, (int)name.length, name.data);
  return false;
}

/* Puts the table that was asked for in place of `*table`. */
static bool query(const struct options *options, struct table **table) {
  struct strview unknown = VIEW("");
  struct table *next = *table;
  if (options->where != NULL && (next = select_rows(*table, view_of(options->where), &unknown)) == NULL)
    return complain("no such column or condition:", unknown);
  if (next != *table) table_free(*table);
  *table = next;
  if (options->sort != NULL) {
    size_t column = table_find_column(next, view_of(options->sort));
    if (column == VIEW_NOT_FOUND) return complain("no such column:", view_of(options->sort));
    order_rows(next, column, options->descending);
  }
  if (options->columns == NULL) return true;
  next = select_columns(*table, view_of(options->columns), &unknown);
  if (next == NULL) return complain("no such column:", unknown);
  table_free(*table);
  *table = next;
  return true;
}

int command_table(const struct options *options) {
  struct strbuf text = {0}, out = {0};
  struct arena arena = {0};
  struct csv_error error;
  if (!files_read(options->input, &text)) return EXIT_INPUT;
  bool done = false;
  struct table *table = csv_parse(&arena, strbuf_view(&text), options->separator, &error);
  if (table == NULL) {
    fprintf(stderr, "quill: line %zu: %s\n", error.line, error.message);
  } else {
    if (query(options, &table)) {
      align_numbers(table);
      draw_table(&out, table, VIEW(""));
      done = files_write(options->output, strbuf_view(&out));
    }
    table_free(table);
  }
  arena_free(&arena);
  strbuf_free(&text);
  strbuf_free(&out);
  return done ? EXIT_GOOD : EXIT_INPUT;
}
