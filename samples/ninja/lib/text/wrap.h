/* Words put into lines of a given width. */
#ifndef WRAP_H
#define WRAP_H

#include "base.h"
#include "strbuf.h"
#include "strview.h"

struct wrap_margins {
  struct strview first; /* before the first line */
  struct strview rest;  /* before each other line */
  size_t width;         /* columns, margins included */
};

/* A newline in `text` ends a line; runs of other white space are one gap. Too long words stand alone. */
void wrap_add(struct strbuf *out, struct strview text, const struct wrap_margins *margins);

#endif
