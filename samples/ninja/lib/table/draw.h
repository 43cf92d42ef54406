/* A table drawn with characters. */
#ifndef DRAW_H
#define DRAW_H

#include "base.h"
#include "strbuf.h"
#include "table.h"

/* Each line starts with `margin` and ends with a newline. */
void draw_table(struct strbuf *out, const struct table *table, struct strview margin);

#endif
