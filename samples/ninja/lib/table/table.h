/* A table of text cells with one heading row. */
#ifndef TABLE_H
#define TABLE_H

#include "arena.h"
#include "base.h"
#include "strview.h"
#include "vec.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT, TABLE_CENTER };

struct table {
  struct arena *arena;
  size_t columns;
  enum table_align *aligns; /* one per column */
  struct vec rows;          /* of struct strview[columns]; the first is the heading */
};

struct table *table_new(struct arena *arena, size_t columns);
/* Short rows are filled with empty cells, long ones are cut. The cells are not copied. */
void table_add_row(struct table *table, const struct strview *cells, size_t count);
struct strview table_cell(const struct table *table, size_t row, size_t column);
/* The column with this heading, or with this number counted from 1; VIEW_NOT_FOUND if none. */
size_t table_find_column(const struct table *table, struct strview name);
void table_free(struct table *table);

#endif
