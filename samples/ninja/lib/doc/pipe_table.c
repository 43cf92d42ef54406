#include "pipe_table.h"

#include "strbuf.h"
#include "table.h"

#define MOST_COLUMNS 64

struct cells {
  struct strview items[MOST_COLUMNS];
  size_t count;
};

/* The cell with "\|" made "|"; in place of a copy where there is none. */
static struct strview clean(struct arena *arena, struct strview cell) {
  cell = view_trim(cell);
  size_t slash = view_find(cell, '\\', 0);
  if (slash == VIEW_NOT_FOUND) return cell;
  struct strbuf text = {0};
  for (size_t i = 0; i < cell.length; i++) {
    bool is_escape = cell.data[i] == '\\' && i + 1 < cell.length && cell.data[i + 1] == '|';
    if (!is_escape) strbuf_add_byte(&text, cell.data[i]);
  }
  struct strview copy = {arena_copy(arena, strbuf_view(&text).data, text.length), text.length};
  strbuf_free(&text);
  return copy;
}

static void split(struct arena *arena, struct strview line, struct cells *cells) {
  line = view_trim(line);
  if (view_starts(line, VIEW("|"))) line = view_from(line, 1);
  cells->count = 0;
  size_t start = 0, at = 0;
  for (; at < line.length; at++) {
    if (line.data[at] == '\\') {
      at++;
    } else if (line.data[at] == '|') {
      if (cells->count < MOST_COLUMNS) cells->items[cells->count++] = clean(arena, view_slice(line, start, at));
      start = at + 1;
    }
  }
  if (start < line.length && cells->count < MOST_COLUMNS)
    cells->items[cells->count++] = clean(arena, view_from(line, start));
}

static bool is_dashes(struct strview line) {
  bool has_dash = false, has_pipe = false;
  for (size_t i = 0; i < line.length; i++) {
    has_dash = has_dash || line.data[i] == '-';
    has_pipe = has_pipe || line.data[i] == '|';
    if (line.data[i] != '-' && line.data[i] != '|' && line.data[i] != ':' && line.data[i] != ' ') return false;
  }
  return has_dash && has_pipe;
}

static enum table_align align_of(struct strview dashes) {
  bool left = view_starts(dashes, VIEW(":"));
  bool right = dashes.length > 0 && dashes.data[dashes.length - 1] == ':';
  return right ? (left ? TABLE_CENTER : TABLE_RIGHT) : TABLE_LEFT;
}

bool pipe_table_starts(const struct strview *lines, size_t count) {
  return count >= 2 && view_find(lines[0], '|', 0) != VIEW_NOT_FOUND && is_dashes(lines[1]);
}

struct table *pipe_table_parse(struct arena *arena, const struct strview *lines, size_t count, size_t *taken) {
  struct cells cells;
  split(arena, lines[0], &cells);
  struct table *table = table_new(arena, cells.count);
  table_add_row(table, cells.items, cells.count);
  split(arena, lines[1], &cells);
  for (size_t i = 0; i < table->columns && i < cells.count; i++) table->aligns[i] = align_of(cells.items[i]);
  size_t at = 2;
  for (; at < count && view_find(lines[at], '|', 0) != VIEW_NOT_FOUND; at++) {
    split(arena, lines[at], &cells);
    table_add_row(table, cells.items, cells.count);
  }
  *taken = at;
  return table;
}
