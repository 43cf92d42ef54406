/* The tree of a document. */
#ifndef NODE_H
#define NODE_H

#include "arena.h"
#include "base.h"
#include "strview.h"

struct table;

enum node_kind {
  NODE_DOCUMENT,
  NODE_HEADING,
  NODE_PARAGRAPH,
  NODE_QUOTE,
  NODE_LIST,
  NODE_ITEM,
  NODE_CODE_BLOCK,
  NODE_RULE,
  NODE_TABLE,
  NODE_TEXT,
  NODE_EMPHASIS,
  NODE_STRONG,
  NODE_CODE,
  NODE_LINK,
  NODE_BREAK,
};

struct node {
  enum node_kind kind;
  unsigned level;        /* heading: 1 to 6; list: its first number, 0 for bullets */
  bool is_tight;         /* list: no blank lines between its items */
  struct strview text;   /* text and code: what it says; heading and paragraph: the source */
  struct strview target; /* link: where to; code block: the language */
  const char *anchor;    /* heading */
  struct table *table;
  struct node *first;
  struct node *last;
  struct node *next;
};

struct node *node_add(struct arena *arena, struct node *parent, enum node_kind kind);
struct node *node_add_text(struct arena *arena, struct node *parent, enum node_kind kind, struct strview text);
bool node_is_inline(const struct node *node);
/* Whether the link is labelled with its own target. */
bool node_shows_target(const struct node *link);

#endif
