#include "number.h"

#if SIZEOF_SIZE_T < 4
#error "a size_t of at least 32 bits is needed"
#endif

static unsigned digit_value(char byte) {
  if (byte_is_digit(byte)) return (unsigned)(byte - '0');
  char lower = byte_lower(byte);
  return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 99;
}

bool number_parse(struct strview text, unsigned base, uint32_t limit, uint32_t *value) {
  uint64_t sum = 0;
  for (size_t i = 0; i < text.length; i++) {
    unsigned digit = digit_value(text.data[i]);
    if (digit >= base) return false;
    sum = sum * base + digit;
    if (sum > limit) return false;
  }
  *value = (uint32_t)sum;
  return text.length > 0;
}

struct decimal {
  bool negative;
  struct strview whole; /* without leading zeros */
  struct strview fraction;
};

static struct decimal decimal_of(struct strview text) {
  struct decimal decimal = {0};
  if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
    decimal.negative = text.data[0] == '-';
    text = view_from(text, 1);
  }
  text = view_from(text, view_run(text, '0'));
  size_t point = view_find(text, '.', 0);
  decimal.whole = view_slice(text, 0, point == VIEW_NOT_FOUND ? text.length : point);
  decimal.fraction = point == VIEW_NOT_FOUND ? VIEW("") : view_from(text, point + 1);
  while (decimal.fraction.length > 0 && decimal.fraction.data[decimal.fraction.length - 1] == '0')
    decimal.fraction.length--;
  return decimal;
}

bool number_is_decimal(struct strview text) {
  size_t at = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
  size_t digits = 0, points = 0;
  for (; at < text.length; at++) {
    if (byte_is_digit(text.data[at]))
      digits++;
    else if (text.data[at] == '.')
      points++;
    else
      return false;
  }
  return digits > 0 && points <= 1;
}

int number_compare(struct strview a, struct strview b) {
  struct decimal left = decimal_of(a), right = decimal_of(b);
  bool left_zero = left.whole.length == 0 && left.fraction.length == 0;
  bool right_zero = right.whole.length == 0 && right.fraction.length == 0;
  bool left_negative = left.negative && !left_zero;
  bool right_negative = right.negative && !right_zero;
  if (left_negative != right_negative) return left_negative ? -1 : 1;
  int order = (left.whole.length > right.whole.length) - (left.whole.length < right.whole.length);
  if (order == 0) order = view_compare(left.whole, right.whole);
  if (order == 0) order = view_compare(left.fraction, right.fraction);
  return left_negative ? -order : order;
}
