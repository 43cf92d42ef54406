#include "table.h"

#include "align.h"
#include "csv.h"
#include "draw.h"
#include "expect.h"
#include "order.h"
#include "select.h"

static void test_csv(struct arena *arena) {
  struct csv_error error = {0};
  struct table *table = csv_parse(arena, VIEW("a,b\r\n\"x, \"\"y\"\"\",2\n\"two\nlines\",3\n"), ',', &error);
  EXPECT(table != NULL && table->columns == 2 && table->rows.count == 3);
  EXPECT(view_equal(table_cell(table, 1, 0), VIEW("x, \"y\"")));
  EXPECT(view_equal(table_cell(table, 2, 0), VIEW("two\nlines")));
  table_free(table);
  EXPECT(csv_parse(arena, VIEW("a\nb\n1,2\n"), ',', &error) == NULL && error.line == 3);
  EXPECT(csv_parse(arena, VIEW("a\n\"b"), ',', &error) == NULL);
  EXPECT_TEXT(error.message, "a quote is not closed");
}

static void test_query(struct arena *arena) {
  struct csv_error error = {0};
  struct strbuf out = {0};
  struct strview unknown;
  struct table *all = csv_parse(arena, VIEW("name,size\nb,10\na,9\nc,-3\n"), ',', &error);
  struct table *large = select_rows(all, VIEW("size > 0"), &unknown);
  struct table *chosen = select_columns(large, VIEW("size,name"), &unknown);
  order_rows(chosen, 0, false);
  align_numbers(chosen);
  draw_table(&out, chosen, VIEW("  "));
  EXPECT_TEXT(out.data, "  size | name\n  -----+-----\n     9 | a\n    10 | b\n");
  EXPECT(select_columns(all, VIEW("name,color"), &unknown) == NULL && view_equal(unknown, VIEW("color")));
  EXPECT(select_rows(all, VIEW("nothing"), &unknown) == NULL);
  strbuf_free(&out);
  table_free(chosen);
  table_free(large);
  table_free(all);
}

void test_table(void) {
  struct arena arena = {0};
  test_csv(&arena);
  test_query(&arena);
  arena_free(&arena);
}
