#include "outline.h"

#include "inline.h"
#include "slug.h"

static void collect(struct quill_document *document, struct slugs *slugs, struct node *node) {
  if (node->kind == NODE_HEADING) {
    struct strview text = inline_plain(&document->arena, node);
    struct quill_heading *heading = arena_get(&document->arena, sizeof *heading);
    node->anchor = slug_make(slugs, text);
    *heading = (struct quill_heading){node->level, node->anchor, text.data};
    vec_add(&document->headings, heading);
  }
  for (struct node *part = node->first; part != NULL && !node_is_inline(part); part = part->next)
    collect(document, slugs, part);
}

void outline_collect(struct quill_document *document) {
  struct slugs slugs = {&document->arena, {0}};
  collect(document, &slugs, document->root);
  slugs_free(&slugs);
}
