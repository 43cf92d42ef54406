/* How a line shows which block it starts. For block.c and its parts. */
#ifndef BLOCK_RULES_H
#define BLOCK_RULES_H

#include "base.h"
#include "strview.h"

struct fence {
  char byte;
  size_t length;
  size_t indent;
  struct strview language;
};

struct item_start {
  bool is_ordered;
  unsigned number;
  size_t indent;  /* spaces before the marker */
  size_t content; /* column of what follows the marker */
};

bool rule_is_blank(struct strview line);
bool rule_is_break(struct strview line);
bool rule_heading(struct strview line, unsigned *level, struct strview *text);
bool rule_fence(struct strview line, struct fence *fence);
bool rule_closes(struct strview line, const struct fence *fence);
bool rule_quote(struct strview line, struct strview *rest);
bool rule_item(struct strview line, struct item_start *item);
/* Whether the line ends a paragraph above it. */
bool rule_interrupts(struct strview line);

#endif
