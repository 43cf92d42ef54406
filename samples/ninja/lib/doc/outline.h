/* The headings of a document and their anchors. */
#ifndef OUTLINE_H
#define OUTLINE_H

#include "base.h"
#include "document.h"

void outline_collect(struct quill_document *document);

#endif
