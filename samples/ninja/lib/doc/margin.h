/* The margins of nested blocks in text output, for plain.c. */
#ifndef MARGIN_H
#define MARGIN_H

#include "base.h"
#include "strbuf.h"

struct margin {
  struct strbuf first; /* before the next line only */
  struct strbuf rest;
};

void margin_add(struct margin *margin, struct strview first, struct strview rest);
/* Takes back what was added since `length` of the rest. */
void margin_cut(struct margin *margin, size_t length);
/* After the first line of an item. */
void margin_settle(struct margin *margin);
void margin_free(struct margin *margin);

#endif
