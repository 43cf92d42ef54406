#include "lines.h"

#include "strbuf.h"

#define TAB_STOP 4

static struct strview expand_tabs(struct arena *arena, struct strview line) {
  size_t columns = 0, at = 0;
  bool has_tab = false;
  for (; at < line.length && (line.data[at] == ' ' || line.data[at] == '\t'); at++) {
    has_tab = has_tab || line.data[at] == '\t';
    columns = line.data[at] == '\t' ? (columns / TAB_STOP + 1) * TAB_STOP : columns + 1;
  }
  if (!has_tab) return line;
  struct strbuf expanded = {0};
  strbuf_add_repeated(&expanded, ' ', columns);
  strbuf_add_view(&expanded, view_from(line, at));
  struct strview copy = {arena_copy(arena, expanded.data, expanded.length), expanded.length};
  strbuf_free(&expanded);
  return copy;
}

struct lines lines_of(struct arena *arena, struct strview text) {
  size_t most = 1;
  for (size_t i = 0; i < text.length; i++) most += text.data[i] == '\n';
  struct lines lines = {arena_get(arena, most * sizeof *lines.items), 0};
  struct strview line;
  while (view_next_line(&text, &line)) lines.items[lines.count++] = expand_tabs(arena, line);
  return lines;
}

struct lines lines_outdent(struct arena *arena, const struct strview *items, size_t count, size_t columns) {
  struct lines lines = {arena_get(arena, (count + 1) * sizeof *lines.items), count};
  for (size_t i = 0; i < count; i++) {
    size_t spaces = view_run(items[i], ' ');
    lines.items[i] = view_from(items[i], spaces < columns ? spaces : columns);
  }
  return lines;
}

struct strview lines_join(struct arena *arena, const struct strview *items, size_t count) {
  struct strbuf text = {0};
  for (size_t i = 0; i < count; i++) {
    if (i > 0) strbuf_add_byte(&text, '\n');
    strbuf_add_view(&text, items[i]);
  }
  struct strview joined = {arena_copy(arena, strbuf_view(&text).data, text.length), text.length};
  strbuf_free(&text);
  return joined;
}
