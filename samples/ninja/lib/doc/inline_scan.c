#include "inline_scan.h"

size_t scan_code_end(struct strview text, size_t from, size_t length) {
  while (from < text.length) {
    size_t start = view_find(text, '`', from);
    if (start == VIEW_NOT_FOUND) return start;
    size_t run = view_run(view_from(text, start), '`');
    if (run == length) return start;
    from = start + run;
  }
  return VIEW_NOT_FOUND;
}

/* After a code span that starts at `at`, or after its backquotes if it does not end. */
static size_t skip_code(struct strview text, size_t at) {
  size_t run = view_run(view_from(text, at), '`');
  size_t end = scan_code_end(text, at + run, run);
  return end == VIEW_NOT_FOUND ? at + run : end + run;
}

static bool continues_word(struct strview text, size_t at) {
  return at < text.length && (byte_is_alpha(text.data[at]) || byte_is_digit(text.data[at]));
}

size_t scan_emphasis_end(struct strview text, size_t from, char mark, size_t length) {
  for (size_t at = from; at < text.length;) {
    char byte = text.data[at];
    if (byte == '\\') {
      at += 2;
    } else if (byte == '`') {
      at = skip_code(text, at);
    } else if (byte != mark) {
      at++;
    } else {
      size_t run = view_run(view_from(text, at), mark);
      bool closes = at > from && !byte_is_space(text.data[at - 1]) && (run == length || run == 3);
      if (closes && !(mark == '_' && continues_word(text, at + run))) return at + run - length;
      at += run;
    }
  }
  return VIEW_NOT_FOUND;
}

size_t scan_bracket_end(struct strview text, size_t open) {
  size_t depth = 0;
  for (size_t at = open; at < text.length; at++) {
    if (text.data[at] == '\\') {
      at++;
    } else if (text.data[at] == '`') {
      at = skip_code(text, at) - 1;
    } else if (text.data[at] == '[') {
      depth++;
    } else if (text.data[at] == ']' && --depth == 0) {
      return at;
    }
  }
  return VIEW_NOT_FOUND;
}

bool scan_is_url(struct strview text) {
  for (size_t i = 0; i < text.length; i++)
    if (byte_is_space(text.data[i])) return false;
  return view_starts(text, VIEW("https://")) || view_starts(text, VIEW("http://")) || view_starts(text, VIEW("mailto:"));
}
