#include "links.h"

struct definition {
  struct strview name;
  struct strview target;
};

bool links_read_line(struct links *links, struct strview line) {
  line = view_trim(line);
  if (!view_starts(line, VIEW("["))) return false;
  size_t end = view_find(line, ']', 1);
  if (end == VIEW_NOT_FOUND || end == 1 || end + 1 >= line.length || line.data[end + 1] != ':') return false;
  struct strview target = view_trim(view_from(line, end + 2));
  size_t space = view_find(target, ' ', 0);
  if (space != VIEW_NOT_FOUND) target = view_slice(target, 0, space);
  if (target.length == 0) return false;
  struct definition *definition = arena_get(links->arena, sizeof *definition);
  *definition = (struct definition){view_slice(line, 1, end), target};
  vec_add(&links->definitions, definition);
  return true;
}

bool links_find(const struct links *links, struct strview name, struct strview *target) {
  for (size_t i = 0; i < links->definitions.count; i++) {
    const struct definition *definition = links->definitions.items[i];
    if (!view_equal_ignoring_case(definition->name, name)) continue;
    *target = definition->target;
    return true;
  }
  return false;
}

void links_free(struct links *links) { vec_free(&links->definitions); }
