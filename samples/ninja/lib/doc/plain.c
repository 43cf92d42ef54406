#include "draw.h"
#include "margin.h"
#include "table.h"
#include "utf8.h"
#include "wrap.h"
#include "writer.h"

#define DEFAULT_WIDTH 72

struct plain {
  struct writer *writer;
  struct margin margin;
  size_t width;
};

static void add_inlines(struct strbuf *out, const struct node *parent);

static void add_marked(struct strbuf *out, const char *mark, const struct node *node) {
  strbuf_add_text(out, mark);
  add_inlines(out, node);
  strbuf_add_text(out, mark);
}

static void add_link(struct strbuf *out, const struct node *node) {
  add_inlines(out, node);
  if (node_shows_target(node)) return;
  strbuf_add_text(out, " <");
  strbuf_add_view(out, node->target);
  strbuf_add_byte(out, '>');
}

static void add_inlines(struct strbuf *out, const struct node *parent) {
  for (const struct node *part = parent->first; part != NULL; part = part->next) {
    switch (part->kind) {
      case NODE_EMPHASIS: add_marked(out, "_", part); break;
      case NODE_STRONG: add_marked(out, "*", part); break;
      case NODE_LINK: add_link(out, part); break;
      case NODE_BREAK: strbuf_add_byte(out, '\n'); break;
      case NODE_TEXT:
        for (size_t i = 0; i < part->text.length; i++)
          strbuf_add_byte(out, part->text.data[i] == '\n' ? ' ' : part->text.data[i]);
        break;
      default: strbuf_add_view(out, part->text); break;
    }
  }
}

static void write_text(struct plain *plain, const struct node *node) {
  struct strbuf text = {0};
  add_inlines(&text, node);
  struct wrap_margins margins = {strbuf_view(&plain->margin.first), strbuf_view(&plain->margin.rest), plain->width};
  wrap_add(&plain->writer->out, strbuf_view(&text), &margins);
  strbuf_free(&text);
  margin_settle(&plain->margin);
}

static void write_line(struct plain *plain, struct strview line) {
  strbuf_add_view(&plain->writer->out, strbuf_view(&plain->margin.first));
  strbuf_add_view(&plain->writer->out, line);
  strbuf_add_byte(&plain->writer->out, '\n');
  margin_settle(&plain->margin);
}

static void write_heading(struct plain *plain, const struct node *node) {
  struct strbuf *out = &plain->writer->out;
  write_text(plain, node);
  if (node->level > 2) return;
  struct strbuf plain_text = {0};
  add_inlines(&plain_text, node);
  size_t columns = utf8_columns(strbuf_view(&plain_text));
  size_t room = plain->width - plain->margin.rest.length;
  strbuf_add_view(out, strbuf_view(&plain->margin.rest));
  strbuf_add_repeated(out, node->level == 1 ? '=' : '-', columns < room ? columns : room);
  strbuf_add_byte(out, '\n');
  strbuf_free(&plain_text);
}

static void write_code(struct plain *plain, struct strview code) {
  size_t outer = plain->margin.rest.length;
  margin_add(&plain->margin, VIEW("    "), VIEW("    "));
  struct strview line;
  while (view_next_line(&code, &line)) write_line(plain, line);
  margin_cut(&plain->margin, outer);
}

static void write_table(struct plain *plain, const struct table *table) {
  struct strbuf drawn = {0};
  draw_table(&drawn, table, VIEW(""));
  struct strview rest = strbuf_view(&drawn), line;
  while (view_next_line(&rest, &line)) write_line(plain, line);
  strbuf_free(&drawn);
}

static void write_blocks(struct plain *plain, const struct node *parent, bool is_tight);

static void write_list(struct plain *plain, const struct node *list) {
  unsigned number = list->level;
  for (const struct node *item = list->first; item != NULL; item = item->next) {
    struct strbuf mark = {0}, gap = {0};
    if (list->level > 0)
      strbuf_addf(&mark, "%u. ", number++);
    else
      strbuf_add_text(&mark, "- ");
    strbuf_add_repeated(&gap, ' ', mark.length);
    size_t outer = plain->margin.rest.length;
    margin_add(&plain->margin, strbuf_view(&mark), strbuf_view(&gap));
    if (item->first == NULL) write_line(plain, VIEW(""));
    write_blocks(plain, item, list->is_tight);
    margin_cut(&plain->margin, outer);
    if (item->next != NULL && !list->is_tight) strbuf_add_byte(&plain->writer->out, '\n');
    strbuf_free(&mark);
    strbuf_free(&gap);
  }
}

static void write_block(struct plain *plain, const struct node *node) {
  size_t outer = plain->margin.rest.length;
  switch (node->kind) {
    case NODE_HEADING: write_heading(plain, node); break;
    case NODE_PARAGRAPH: write_text(plain, node); break;
    case NODE_CODE_BLOCK: write_code(plain, node->text); break;
    case NODE_RULE: write_line(plain, VIEW("* * *")); break;
    case NODE_TABLE: write_table(plain, node->table); break;
    case NODE_LIST: write_list(plain, node); break;
    case NODE_QUOTE:
      margin_add(&plain->margin, VIEW("> "), VIEW("> "));
      write_blocks(plain, node, false);
      margin_cut(&plain->margin, outer);
      break;
    default: break;
  }
}

static void write_blocks(struct plain *plain, const struct node *parent, bool is_tight) {
  for (const struct node *node = parent->first; node != NULL; node = node->next) {
    write_block(plain, node);
    if (node->next == NULL || is_tight) continue;
    strbuf_add_view(&plain->writer->out, view_trim_end(strbuf_view(&plain->margin.rest)));
    strbuf_add_byte(&plain->writer->out, '\n');
  }
}

static void write_contents(struct writer *writer) {
  for (size_t i = 0; i < quill_heading_count(writer->document); i++) {
    struct quill_heading heading = quill_heading_at(writer->document, i);
    strbuf_add_repeated(&writer->out, ' ', 2 * (heading.level - 1));
    strbuf_addf(&writer->out, "%s\n", heading.text);
  }
  strbuf_add_byte(&writer->out, '\n');
}

void plain_write(struct writer *writer) {
  size_t width = writer->options->width;
  struct plain plain = {writer, {{0}, {0}}, width == 0 ? DEFAULT_WIDTH : width};
  if (writer->options->contents) write_contents(writer);
  write_blocks(&plain, writer->document->root, false);
  margin_free(&plain.margin);
}
