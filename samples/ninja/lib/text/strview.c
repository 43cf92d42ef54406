#include "strview.h"

#include <string.h>

struct strview view_of(const char *text) { return (struct strview){text, strlen(text)}; }

struct strview view_within(const char *text, size_t limit) {
#ifdef HAVE_STRNLEN
  return (struct strview){text, strnlen(text, limit)};
#else
  const char *end = memchr(text, 0, limit);
  return (struct strview){text, end == NULL ? limit : (size_t)(end - text)};
#endif
}

struct strview view_slice(struct strview view, size_t from, size_t to) {
  if (to > view.length) to = view.length;
  if (from > to) from = to;
  return (struct strview){view.data + from, to - from};
}

struct strview view_from(struct strview view, size_t from) { return view_slice(view, from, view.length); }

struct strview view_trim_end(struct strview view) {
  while (view.length > 0 && byte_is_space(view.data[view.length - 1])) view.length--;
  return view;
}

struct strview view_trim(struct strview view) {
  view = view_trim_end(view);
  size_t start = 0;
  while (start < view.length && byte_is_space(view.data[start])) start++;
  return view_from(view, start);
}

bool view_equal(struct strview a, struct strview b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool view_equal_ignoring_case(struct strview a, struct strview b) {
  if (a.length != b.length) return false;
  for (size_t i = 0; i < a.length; i++)
    if (byte_lower(a.data[i]) != byte_lower(b.data[i])) return false;
  return true;
}

bool view_starts(struct strview view, struct strview start) {
  return view.length >= start.length && memcmp(view.data, start.data, start.length) == 0;
}

size_t view_find(struct strview view, char byte, size_t from) {
  if (from >= view.length) return VIEW_NOT_FOUND;
  const char *found = memchr(view.data + from, byte, view.length - from);
  return found == NULL ? VIEW_NOT_FOUND : (size_t)(found - view.data);
}

size_t view_run(struct strview view, char byte) {
  size_t run = 0;
  while (run < view.length && view.data[run] == byte) run++;
  return run;
}

int view_compare(struct strview a, struct strview b) {
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
  if (order != 0) return order;
  return (a.length > b.length) - (a.length < b.length);
}

bool view_next_line(struct strview *rest, struct strview *line) {
  if (rest->length == 0) return false;
  size_t end = view_find(*rest, '\n', 0);
  size_t next = end == VIEW_NOT_FOUND ? rest->length : end + 1;
  *line = view_slice(*rest, 0, end == VIEW_NOT_FOUND ? rest->length : end);
  if (line->length > 0 && line->data[line->length - 1] == '\r') line->length--;
  *rest = view_from(*rest, next);
  return true;
}
