#include "node.h"

struct node *node_add(struct arena *arena, struct node *parent, enum node_kind kind) {
  struct node *node = arena_get(arena, sizeof *node);
  node->kind = kind;
  if (parent == NULL) return node;
  if (parent->last == NULL)
    parent->first = node;
  else
    parent->last->next = node;
  parent->last = node;
  return node;
}

struct node *node_add_text(struct arena *arena, struct node *parent, enum node_kind kind, struct strview text) {
  struct node *node = node_add(arena, parent, kind);
  node->text = text;
  return node;
}

bool node_is_inline(const struct node *node) { return node->kind >= NODE_TEXT; }

bool node_shows_target(const struct node *link) {
  const struct node *label = link->first;
  return label != NULL && label->next == NULL && view_equal(label->text, link->target);
}
