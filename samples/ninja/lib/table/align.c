#include "align.h"

#include "number.h"
#include "utf8.h"

void align_cell(struct strbuf *out, struct strview text, size_t width, enum table_align align) {
  size_t columns = utf8_columns(text);
  size_t gap = columns < width ? width - columns : 0;
  size_t before = align == TABLE_RIGHT ? gap : align == TABLE_CENTER ? gap / 2 : 0;
  strbuf_add_repeated(out, ' ', before);
  strbuf_add_view(out, text);
  strbuf_add_repeated(out, ' ', gap - before);
}

static bool holds_numbers(const struct table *table, size_t column) {
  for (size_t row = 1; row < table->rows.count; row++)
    if (!number_is_decimal(table_cell(table, row, column))) return false;
  return table->rows.count > 1;
}

void align_numbers(struct table *table) {
  for (size_t column = 0; column < table->columns; column++)
    if (holds_numbers(table, column)) table->aligns[column] = TABLE_RIGHT;
}
