#include "block.h"

#include "block_rules.h"
#include "lines.h"
#include "list.h"
#include "pipe_table.h"

/* Deeper quotes and lists are plain paragraphs. */
#define DEEPEST 32

static size_t parse_code(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count,
                         const struct fence *fence) {
  size_t end = 1;
  while (end < count && !rule_closes(lines[end], fence)) end++;
  struct lines inside = lines_outdent(parser->arena, lines + 1, end - 1, fence->indent);
  struct strview code = lines_join(parser->arena, inside.items, inside.count);
  node_add_text(parser->arena, parent, NODE_CODE_BLOCK, code)->target = fence->language;
  return end < count ? end + 1 : end;
}

static size_t parse_quote(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count) {
  struct lines inside = lines_outdent(parser->arena, lines, count, 0);
  size_t end = 0;
  while (end < count && rule_quote(lines[end], &inside.items[end])) end++;
  block_parse(parser, node_add(parser->arena, parent, NODE_QUOTE), inside.items, end);
  return end;
}

static size_t parse_paragraph(struct block_parser *parser, struct node *parent, const struct strview *lines,
                              size_t count) {
  size_t end = 1;
  while (end < count && !rule_interrupts(lines[end])) end++;
  struct strview text = view_trim(lines_join(parser->arena, lines, end));
  node_add_text(parser->arena, parent, NODE_PARAGRAPH, text);
  return end;
}

static size_t parse_one(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count) {
  struct strview line = lines[0], text;
  struct fence fence;
  struct item_start item;
  unsigned level;
  if (rule_is_blank(line) || links_read_line(parser->links, line)) return 1;
  if (rule_heading(line, &level, &text)) {
    node_add_text(parser->arena, parent, NODE_HEADING, text)->level = level;
    return 1;
  }
  if (rule_fence(line, &fence)) return parse_code(parser, parent, lines, count, &fence);
  if (rule_is_break(line)) {
    node_add(parser->arena, parent, NODE_RULE);
    return 1;
  }
  if (parser->depth < DEEPEST) {
    if (rule_quote(line, &text)) return parse_quote(parser, parent, lines, count);
    if (rule_item(line, &item)) return list_parse(parser, parent, lines, count);
  }
  if (pipe_table_starts(lines, count)) {
    size_t taken;
    node_add(parser->arena, parent, NODE_TABLE)->table = pipe_table_parse(parser->arena, lines, count, &taken);
    return taken;
  }
  return parse_paragraph(parser, parent, lines, count);
}

void block_parse(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count) {
  parser->depth++;
  for (size_t at = 0; at < count;) at += parse_one(parser, parent, lines + at, count - at);
  parser->depth--;
}
