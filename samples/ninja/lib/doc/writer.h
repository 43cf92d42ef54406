/* What the three renderers share. */
#ifndef WRITER_H
#define WRITER_H

#include <quill/quill.h>

#include "base.h"
#include "document.h"
#include "node.h"
#include "strbuf.h"

struct writer {
  struct strbuf out;
  const struct quill_document *document;
  const struct quill_options *options;
};

/* The title that was asked for, or the first heading, or "Untitled". */
struct strview writer_title(const struct writer *writer);

void html_write(struct writer *writer);
void plain_write(struct writer *writer);
void man_write(struct writer *writer);

#endif
