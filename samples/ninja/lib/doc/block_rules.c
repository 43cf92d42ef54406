#include "block_rules.h"

#include "number.h"

#define DEEPEST_INDENT 3
#define LONGEST_NUMBER 9

static bool unindent(struct strview *line, size_t *indent) {
  *indent = view_run(*line, ' ');
  *line = view_from(*line, *indent);
  return *indent <= DEEPEST_INDENT;
}

bool rule_is_blank(struct strview line) { return view_trim(line).length == 0; }

bool rule_is_break(struct strview line) {
  line = view_trim(line);
  if (line.length < 3 || (line.data[0] != '-' && line.data[0] != '*' && line.data[0] != '_')) return false;
  size_t marks = 0;
  for (size_t i = 0; i < line.length; i++) {
    if (line.data[i] == line.data[0])
      marks++;
    else if (line.data[i] != ' ')
      return false;
  }
  return marks >= 3;
}

bool rule_heading(struct strview line, unsigned *level, struct strview *text) {
  size_t indent;
  if (!unindent(&line, &indent)) return false;
  size_t marks = view_run(line, '#');
  if (marks == 0 || marks > 6 || (marks < line.length && line.data[marks] != ' ')) return false;
  struct strview title = view_trim(view_from(line, marks));
  size_t end = title.length;
  while (end > 0 && title.data[end - 1] == '#') end--;
  if (end == 0 || title.data[end - 1] == ' ') title = view_trim(view_slice(title, 0, end));
  *level = (unsigned)marks;
  *text = title;
  return true;
}

bool rule_fence(struct strview line, struct fence *fence) {
  if (!unindent(&line, &fence->indent) || line.length < 3) return false;
  fence->byte = line.data[0];
  if (fence->byte != '`' && fence->byte != '~') return false;
  fence->length = view_run(line, fence->byte);
  fence->language = view_trim(view_from(line, fence->length));
  return fence->length >= 3 && view_find(fence->language, '`', 0) == VIEW_NOT_FOUND;
}

bool rule_closes(struct strview line, const struct fence *fence) {
  size_t indent;
  if (!unindent(&line, &indent)) return false;
  size_t run = view_run(line, fence->byte);
  return run >= fence->length && rule_is_blank(view_from(line, run));
}

bool rule_quote(struct strview line, struct strview *rest) {
  size_t indent;
  if (!unindent(&line, &indent) || !view_starts(line, VIEW(">"))) return false;
  *rest = view_from(line, view_starts(line, VIEW("> ")) ? 2 : 1);
  return true;
}

bool rule_item(struct strview line, struct item_start *item) {
  if (rule_is_break(line) || !unindent(&line, &item->indent) || line.length == 0) return false;
  size_t digits = 0;
  while (digits < line.length && digits < LONGEST_NUMBER && byte_is_digit(line.data[digits])) digits++;
  item->is_ordered = digits > 0;
  uint32_t number = 0;
  if (digits > 0 && !number_parse(view_slice(line, 0, digits), 10, UINT32_MAX, &number)) return false;
  item->number = number;
  if (digits >= line.length) return false;
  char mark = line.data[digits];
  bool fits = item->is_ordered ? mark == '.' || mark == ')' : mark == '-' || mark == '*' || mark == '+';
  if (!fits || (digits + 1 < line.length && line.data[digits + 1] != ' ')) return false;
  size_t gap = view_run(view_from(line, digits + 1), ' ');
  bool is_code = gap > 4 || digits + 1 + gap == line.length;
  item->content = item->indent + digits + 1 + (is_code ? 1 : gap);
  return true;
}

bool rule_interrupts(struct strview line) {
  unsigned level;
  struct strview text;
  struct fence fence;
  struct item_start item;
  return rule_is_blank(line) || rule_is_break(line) || rule_heading(line, &level, &text) || rule_fence(line, &fence) ||
         rule_quote(line, &text) || rule_item(line, &item);
}
