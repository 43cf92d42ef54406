#include "list.h"

#include "lines.h"

/* How many lines belong to the item that starts at the first one, blank lines at its end not counted. */
static size_t item_length(const struct strview *lines, size_t count, const struct item_start *item) {
  size_t end = 1;
  for (size_t i = 1; i < count; i++) {
    if (rule_is_blank(lines[i])) continue;
    bool is_inside = view_run(lines[i], ' ') >= item->content;
    bool is_lazy = end == i && !rule_interrupts(lines[i]);
    if (!is_inside && !is_lazy) break;
    end = i + 1;
  }
  return end;
}

static void parse_item(struct block_parser *parser, struct node *list, const struct strview *lines, size_t count,
                       const struct item_start *start) {
  struct lines inside = lines_outdent(parser->arena, lines, count, start->content);
  inside.items[0] = view_from(lines[0], start->content);
  block_parse(parser, node_add(parser->arena, list, NODE_ITEM), inside.items, inside.count);
}

static bool has_gap(const struct strview *lines, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (rule_is_blank(lines[i])) return true;
  return false;
}

size_t list_parse(struct block_parser *parser, struct node *parent, const struct strview *lines, size_t count) {
  struct node *list = node_add(parser->arena, parent, NODE_LIST);
  struct item_start start;
  rule_item(lines[0], &start);
  bool is_ordered = start.is_ordered;
  list->level = is_ordered ? start.number : 0;
  list->is_tight = true;
  size_t at = 0, end = 0;
  while (at < count && rule_item(lines[at], &start) && start.is_ordered == is_ordered) {
    size_t length = item_length(lines + at, count - at, &start);
    if (at > end || has_gap(lines + at, length)) list->is_tight = false;
    parse_item(parser, list, lines + at, length, &start);
    end = at += length;
    while (at < count && rule_is_blank(lines[at])) at++;
  }
  return end;
}
