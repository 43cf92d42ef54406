#include "entity.h"

#include "entity_table.h"
#include "number.h"
#include "utf8.h"

/* "&#x10FFFF;" and the longest name both fit. */
#define LONGEST (ENTITY_NAME_LONGEST + 10)

static bool find_point(struct strview name, uint32_t *point) {
  if (name.length > 1 && name.data[0] == '#') {
    bool hex = name.data[1] == 'x' || name.data[1] == 'X';
    return number_parse(view_from(name, hex ? 2 : 1), hex ? 16 : 10, 0x10FFFF, point);
  }
  return entity_table_find(name.data, name.length, point);
}

size_t entity_add(struct strbuf *out, struct strview text) {
  if (text.length < 3 || text.data[0] != '&') return 0;
  size_t end = view_find(view_slice(text, 0, LONGEST), ';', 1);
  if (end == VIEW_NOT_FOUND) return 0;
  uint32_t point;
  if (!find_point(view_slice(text, 1, end), &point)) return 0;
  utf8_add(out, point);
  return end + 1;
}
