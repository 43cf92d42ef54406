/* Lists, for block.c. */
#ifndef LIST_H
#define LIST_H

#include "base.h"
#include "block.h"
#include "block_rules.h"

/* The first line starts an item. Returns how many lines the list takes. */
size_t list_parse(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count);

#endif
