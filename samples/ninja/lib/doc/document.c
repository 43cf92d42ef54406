#include "document.h"

#include <stdlib.h>

#include "block.h"
#include "inline.h"
#include "lines.h"
#include "memory.h"
#include "outline.h"
#include "table.h"

/* Text is parsed after all blocks: a link may come before its definition. */
static void finish(struct quill_document *document, struct node *node) {
  if (node->table != NULL) vec_add(&document->tables, node->table);
  if (node->kind == NODE_HEADING || node->kind == NODE_PARAGRAPH) {
    inline_parse(&document->arena, &document->links, node, node->text);
    return;
  }
  for (struct node *part = node->first; part != NULL; part = part->next) finish(document, part);
}

struct quill_document *quill_parse(const char *text, size_t length) {
  struct quill_document *document = memory_get(sizeof *document);
  struct arena *arena = &document->arena;
  document->links.arena = arena;
  document->root = node_add(arena, NULL, NODE_DOCUMENT);
  struct strview copy = {arena_copy(arena, text, length), length};
  struct lines lines = lines_of(arena, copy);
  struct block_parser parser = {arena, &document->links, 0};
  block_parse(&parser, document->root, lines.items, lines.count);
  finish(document, document->root);
  outline_collect(document);
  return document;
}

void quill_free(struct quill_document *document) {
  if (document == NULL) return;
  for (size_t i = 0; i < document->tables.count; i++) table_free(document->tables.items[i]);
  vec_free(&document->tables);
  vec_free(&document->headings);
  links_free(&document->links);
  arena_free(&document->arena);
  free(document);
}

size_t quill_heading_count(const struct quill_document *document) { return document->headings.count; }

struct quill_heading quill_heading_at(const struct quill_document *document, size_t index) {
  const struct quill_heading *heading = document->headings.items[index];
  return *heading;
}
