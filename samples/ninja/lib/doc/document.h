/* A parsed document: the tree, and its headings in order. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <quill/quill.h>

#include "arena.h"
#include "base.h"
#include "links.h"
#include "node.h"
#include "vec.h"

struct quill_document {
  struct arena arena;
  struct links links;
  struct node *root;
  struct vec headings; /* of struct quill_heading */
  struct vec tables;   /* of struct table, to be freed */
};

#endif
