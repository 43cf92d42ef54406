/* Lines to blocks; the text in them stays as it is. */
#ifndef BLOCK_H
#define BLOCK_H

#include "arena.h"
#include "base.h"
#include "links.h"
#include "node.h"
#include "strview.h"

struct block_parser {
  struct arena *arena;
  struct links *links;
  unsigned depth;
};

void block_parse(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count);

#endif
