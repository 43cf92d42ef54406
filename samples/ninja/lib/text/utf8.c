#include "utf8.h"

#include "utf8_ranges.h"

static bool is_character(uint32_t point) {
  return point != 0 && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
}

uint32_t utf8_next(struct strview *rest) {
  static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  unsigned char first = (unsigned char)rest->data[0];
  *rest = view_from(*rest, 1);
  if (first < 0x80) return first;
  size_t more = first >= 0xF0 && first <= 0xF4 ? 3 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xC2 && first < 0xE0 ? 1 : 0;
  if (more == 0 || rest->length < more) return UTF8_REPLACEMENT;
  uint32_t point = first & (0x3Fu >> more);
  for (size_t i = 0; i < more; i++) {
    unsigned char byte = (unsigned char)rest->data[i];
    if ((byte & 0xC0) != 0x80) return UTF8_REPLACEMENT;
    point = point << 6 | (byte & 0x3Fu);
  }
  if (point < smallest[more] || !is_character(point)) return UTF8_REPLACEMENT;
  *rest = view_from(*rest, more);
  return point;
}

void utf8_add(struct strbuf *out, uint32_t point) {
  if (!is_character(point)) point = UTF8_REPLACEMENT;
  if (point < 0x80) {
    strbuf_add_byte(out, (char)point);
    return;
  }
  unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const unsigned marks[] = {0, 0xC0, 0xE0, 0xF0};
  strbuf_add_byte(out, (char)(marks[more] | point >> (6 * more)));
  while (more-- > 0) strbuf_add_byte(out, (char)(0x80 | (point >> (6 * more) & 0x3F)));
}

static bool is_within(uint32_t point, const struct utf8_range *ranges, size_t count) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (point < ranges[middle].first)
      high = middle;
    else if (point > ranges[middle].last)
      low = middle + 1;
    else
      return true;
  }
  return false;
}

unsigned utf8_point_columns(uint32_t point) {
  if (point < 0x20 || point == 0x7F) return 0;
  if (point < 0x300) return 1;
  if (is_within(point, utf8_zero_columns, ARRAY_LENGTH(utf8_zero_columns))) return 0;
  return is_within(point, utf8_two_columns, ARRAY_LENGTH(utf8_two_columns)) ? 2 : 1;
}

size_t utf8_columns(struct strview text) {
  size_t columns = 0;
  while (text.length > 0) columns += utf8_point_columns(utf8_next(&text));
  return columns;
}
