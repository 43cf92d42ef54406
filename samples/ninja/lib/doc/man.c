#include <quill/version.h>

#include "draw.h"
#include "escape.h"
#include "table.h"
#include "writer.h"

static void write_inlines(struct strbuf *out, const struct node *parent);

static void write_font(struct strbuf *out, char font, const struct node *node) {
  strbuf_addf(out, "\\f%c", font);
  write_inlines(out, node);
  strbuf_add_text(out, "\\fR");
}

static void write_inlines(struct strbuf *out, const struct node *parent) {
  for (const struct node *part = parent->first; part != NULL; part = part->next) {
    switch (part->kind) {
      case NODE_TEXT: escape_roff(out, part->text); break;
      case NODE_EMPHASIS: write_font(out, 'I', part); break;
      case NODE_STRONG: write_font(out, 'B', part); break;
      case NODE_BREAK: strbuf_add_text(out, "\n.br\n"); break;
      case NODE_CODE:
        strbuf_add_text(out, "\\fB");
        escape_roff(out, part->text);
        strbuf_add_text(out, "\\fR");
        break;
      case NODE_LINK:
        write_inlines(out, part);
        if (node_shows_target(part)) break;
        strbuf_add_text(out, " <");
        escape_roff(out, part->target);
        strbuf_add_byte(out, '>');
        break;
      default: break;
    }
  }
}

static void start_line(struct strbuf *out) {
  if (out->length > 0 && out->data[out->length - 1] != '\n') strbuf_add_byte(out, '\n');
}

static void write_verbatim(struct strbuf *out, struct strview text) {
  strbuf_add_text(out, ".PP\n.RS 4\n.nf\n");
  escape_roff(out, text);
  start_line(out);
  strbuf_add_text(out, ".fi\n.RE\n");
}

static void write_table(struct strbuf *out, const struct table *table) {
  struct strbuf drawn = {0};
  draw_table(&drawn, table, VIEW(""));
  write_verbatim(out, strbuf_view(&drawn));
  strbuf_free(&drawn);
}

static void write_blocks(struct strbuf *out, const struct node *parent, bool is_item);

static void write_list(struct strbuf *out, const struct node *list) {
  unsigned number = list->level;
  for (const struct node *item = list->first; item != NULL; item = item->next) {
    if (list->level > 0)
      strbuf_addf(out, ".IP %u. 4\n", number++);
    else
      strbuf_add_text(out, ".IP \\(bu 2\n");
    write_blocks(out, item, true);
  }
}

/* The title line has the first heading; the others start sections. */
static void write_heading(struct strbuf *out, const struct node *node) {
  if (node->level == 1) return;
  strbuf_add_text(out, node->level == 2 ? ".SH " : ".SS ");
  write_inlines(out, node);
  start_line(out);
}

/* The first paragraph of an item stands after its mark, the others below it. */
static void start_paragraph(struct strbuf *out, const struct node *node, const struct node *item) {
  if (item == NULL)
    strbuf_add_text(out, ".PP\n");
  else if (item->first != node)
    strbuf_add_text(out, ".IP\n");
}

/* `item` is the list item that holds the block, NULL if none does. */
static void write_block(struct strbuf *out, const struct node *node, const struct node *item) {
  switch (node->kind) {
    case NODE_HEADING: write_heading(out, node); break;
    case NODE_PARAGRAPH:
      start_paragraph(out, node, item);
      write_inlines(out, node);
      start_line(out);
      break;
    case NODE_QUOTE:
    case NODE_LIST:
      strbuf_add_text(out, ".RS 2\n");
      if (node->kind == NODE_LIST)
        write_list(out, node);
      else
        write_blocks(out, node, false);
      strbuf_add_text(out, ".RE\n");
      break;
    case NODE_CODE_BLOCK: write_verbatim(out, node->text); break;
    case NODE_RULE: strbuf_add_text(out, ".PP\n\\l'20n'\n"); break;
    case NODE_TABLE: write_table(out, node->table); break;
    default: break;
  }
}

static void write_blocks(struct strbuf *out, const struct node *parent, bool is_item) {
  for (const struct node *node = parent->first; node != NULL; node = node->next)
    write_block(out, node, is_item ? parent : NULL);
}

/* "quill(1)" is page quill of section 1; without parentheses it is section 7. */
static void write_title(struct writer *writer) {
  struct strview title = writer_title(writer);
  size_t open = view_find(title, '(', 0);
  size_t close = open == VIEW_NOT_FOUND ? VIEW_NOT_FOUND : view_find(title, ')', open);
  struct strview name = close == VIEW_NOT_FOUND ? title : view_slice(title, 0, open);
  strbuf_add_text(&writer->out, ".TH \"");
  for (size_t i = 0; i < name.length; i++) {
    bool is_letter = name.data[i] >= 'a' && name.data[i] <= 'z';
    if (name.data[i] != '"') strbuf_add_byte(&writer->out, is_letter ? (char)(name.data[i] - 32) : name.data[i]);
  }
  strbuf_add_text(&writer->out, "\" ");
  strbuf_add_view(&writer->out, close == VIEW_NOT_FOUND ? VIEW("7") : view_slice(title, open + 1, close));
  strbuf_add_text(&writer->out, " \"\" \"" QUILL_PRODUCT "\"\n");
}

void man_write(struct writer *writer) {
  write_title(writer);
  write_blocks(&writer->out, writer->document->root, false);
}
