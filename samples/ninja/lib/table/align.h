/* One cell padded to the width of its column. */
#ifndef ALIGN_H
#define ALIGN_H

#include "base.h"
#include "strbuf.h"
#include "table.h"

void align_cell(struct strbuf *out, struct strview text, size_t width, enum table_align align);
/* Columns that hold only numbers go to the right. */
void align_numbers(struct table *table);

#endif
