#include <quill/version.h>

#include "escape.h"
#include "table.h"
#include "writer.h"

static void write_inlines(struct strbuf *out, const struct node *parent);

static void write_wrapped(struct strbuf *out, const char *tag, const struct node *node) {
  strbuf_addf(out, "<%s>", tag);
  write_inlines(out, node);
  strbuf_addf(out, "</%s>", tag);
}

static void write_inline(struct strbuf *out, const struct node *node) {
  switch (node->kind) {
    case NODE_TEXT: escape_html(out, node->text); break;
    case NODE_EMPHASIS: write_wrapped(out, "em", node); break;
    case NODE_STRONG: write_wrapped(out, "strong", node); break;
    case NODE_BREAK: strbuf_add_text(out, "<br>\n"); break;
    case NODE_CODE:
      strbuf_add_text(out, "<code>");
      escape_html(out, node->text);
      strbuf_add_text(out, "</code>");
      break;
    case NODE_LINK:
      strbuf_add_text(out, "<a href=\"");
      escape_url(out, node->target);
      strbuf_add_text(out, "\">");
      write_inlines(out, node);
      strbuf_add_text(out, "</a>");
      break;
    default: break;
  }
}

static void write_inlines(struct strbuf *out, const struct node *parent) {
  for (const struct node *part = parent->first; part != NULL; part = part->next) write_inline(out, part);
}

static void write_cell(struct strbuf *out, const char *tag, struct strview cell, enum table_align align) {
  static const char *const styles[] = {
      [TABLE_LEFT] = "",
      [TABLE_RIGHT] = " style=\"text-align: right\"",
      [TABLE_CENTER] = " style=\"text-align: center\"",
  };
  strbuf_addf(out, "<%s%s>", tag, styles[align]);
  escape_html(out, cell);
  strbuf_addf(out, "</%s>", tag);
}

static void write_table(struct strbuf *out, const struct table *table) {
  strbuf_add_text(out, "<table>\n");
  for (size_t row = 0; row < table->rows.count; row++) {
    strbuf_add_text(out, "<tr>");
    for (size_t column = 0; column < table->columns; column++)
      write_cell(out, row == 0 ? "th" : "td", table_cell(table, row, column), table->aligns[column]);
    strbuf_add_text(out, "</tr>\n");
  }
  strbuf_add_text(out, "</table>\n");
}

static void write_code(struct strbuf *out, const struct node *node) {
  strbuf_add_text(out, "<pre><code");
  if (node->target.length > 0) {
    strbuf_add_text(out, " class=\"language-");
    escape_html(out, node->target);
    strbuf_add_byte(out, '"');
  }
  strbuf_add_byte(out, '>');
  escape_html(out, node->text);
  strbuf_add_text(out, "\n</code></pre>\n");
}

static void write_blocks(struct strbuf *out, const struct node *parent, bool is_tight);

static void write_list(struct strbuf *out, const struct node *list) {
  const char *tag = list->level > 0 ? "ol" : "ul";
  if (list->level > 1)
    strbuf_addf(out, "<ol start=\"%u\">\n", list->level);
  else
    strbuf_addf(out, "<%s>\n", tag);
  for (const struct node *item = list->first; item != NULL; item = item->next) {
    strbuf_add_text(out, "<li>");
    write_blocks(out, item, list->is_tight);
    strbuf_add_text(out, "</li>\n");
  }
  strbuf_addf(out, "</%s>\n", tag);
}

static void write_block(struct strbuf *out, const struct node *node, bool is_tight) {
  switch (node->kind) {
    case NODE_HEADING:
      strbuf_addf(out, "<h%u id=\"%s\">", node->level, node->anchor);
      write_inlines(out, node);
      strbuf_addf(out, "</h%u>\n", node->level);
      break;
    case NODE_PARAGRAPH:
      if (is_tight) {
        write_inlines(out, node);
        if (node->next != NULL) strbuf_add_byte(out, '\n');
      } else {
        write_wrapped(out, "p", node);
        strbuf_add_byte(out, '\n');
      }
      break;
    case NODE_QUOTE:
      strbuf_add_text(out, "<blockquote>\n");
      write_blocks(out, node, false);
      strbuf_add_text(out, "</blockquote>\n");
      break;
    case NODE_LIST: write_list(out, node); break;
    case NODE_CODE_BLOCK: write_code(out, node); break;
    case NODE_RULE: strbuf_add_text(out, "<hr>\n"); break;
    case NODE_TABLE: write_table(out, node->table); break;
    default: break;
  }
}

static void write_blocks(struct strbuf *out, const struct node *parent, bool is_tight) {
  for (const struct node *node = parent->first; node != NULL; node = node->next) write_block(out, node, is_tight);
}

static void write_contents(struct writer *writer) {
  strbuf_add_text(&writer->out, "<nav>\n<ul>\n");
  for (size_t i = 0; i < quill_heading_count(writer->document); i++) {
    struct quill_heading heading = quill_heading_at(writer->document, i);
    strbuf_addf(&writer->out, "<li class=\"level-%u\"><a href=\"#%s\">", heading.level, heading.anchor);
    escape_html(&writer->out, view_of(heading.text));
    strbuf_add_text(&writer->out, "</a></li>\n");
  }
  strbuf_add_text(&writer->out, "</ul>\n</nav>\n");
}

static void write_head(struct writer *writer) {
  struct strbuf *out = &writer->out;
  strbuf_add_text(out, "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n");
  strbuf_add_text(out, "<meta name=\"generator\" content=\"" QUILL_PRODUCT "\">\n<title>");
  escape_html(out, writer_title(writer));
  strbuf_add_text(out, "</title>\n");
  if (writer->options->css != NULL) strbuf_addf(out, "<style>\n%s</style>\n", writer->options->css);
  strbuf_add_text(out, "</head>\n<body>\n");
}

void html_write(struct writer *writer) {
  if (!writer->options->fragment) write_head(writer);
  if (writer->options->contents) write_contents(writer);
  write_blocks(&writer->out, writer->document->root, false);
  if (!writer->options->fragment) strbuf_add_text(&writer->out, "</body>\n</html>\n");
}
