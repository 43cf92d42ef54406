#include "draw.h"

#include "align.h"
#include "widths.h"

static void draw_line(struct strbuf *out, const struct table *table, const size_t *widths, struct strview margin) {
  strbuf_add_view(out, margin);
  for (size_t column = 0; column < table->columns; column++) {
    if (column > 0) strbuf_add_byte(out, '+');
    size_t padding = column == 0 || column + 1 == table->columns ? 1 : 2;
    strbuf_add_repeated(out, '-', widths[column] + (table->columns == 1 ? 0 : padding));
  }
  strbuf_add_byte(out, '\n');
}

static void draw_row(struct strbuf *out, const struct table *table, const size_t *widths, size_t row) {
  for (size_t column = 0; column < table->columns; column++) {
    if (column > 0) strbuf_add_text(out, " | ");
    align_cell(out, table_cell(table, row, column), widths[column], table->aligns[column]);
  }
  while (out->length > 0 && out->data[out->length - 1] == ' ') out->length--;
  strbuf_add_byte(out, '\n');
}

void draw_table(struct strbuf *out, const struct table *table, struct strview margin) {
  const size_t *widths = widths_of(table);
  strbuf_reserve(out, STRBUF_FIRST_CAPACITY * table->rows.count);
  for (size_t row = 0; row < table->rows.count; row++) {
    strbuf_add_view(out, margin);
    draw_row(out, table, widths, row);
    if (row == 0) draw_line(out, table, widths, margin);
  }
}
