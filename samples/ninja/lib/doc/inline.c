#include "inline.h"

#include <string.h>

#include "entity.h"
#include "inline_scan.h"
#include "strbuf.h"

#define DEEPEST 16

struct scanner {
  struct arena *arena;
  const struct links *links;
  unsigned depth;
  struct strbuf pending; /* text that is not a node yet */
};

static void parse(struct scanner *scanner, struct node *parent, struct strview text);

static void flush(struct scanner *scanner, struct node *parent) {
  struct strbuf *pending = &scanner->pending;
  if (pending->length == 0) return;
  struct strview text = {arena_copy(scanner->arena, pending->data, pending->length), pending->length};
  node_add_text(scanner->arena, parent, NODE_TEXT, text);
  strbuf_clear(pending);
}

static void parse_inside(struct scanner *scanner, struct node *node, struct strview text) {
  scanner->depth++;
  parse(scanner, node, text);
  scanner->depth--;
}

/* Each of these returns how many bytes it took, 0 if the mark is plain text. */

static size_t parse_code(struct scanner *scanner, struct node *parent, struct strview text) {
  size_t run = view_run(text, '`');
  size_t end = scan_code_end(text, run, run);
  if (end == VIEW_NOT_FOUND) return 0;
  flush(scanner, parent);
  struct strview code = view_slice(text, run, end);
  bool is_padded = code.length > 2 && code.data[0] == ' ' && code.data[code.length - 1] == ' ';
  node_add_text(scanner->arena, parent, NODE_CODE, is_padded ? view_slice(code, 1, code.length - 1) : code);
  return end + run;
}

static size_t parse_emphasis(struct scanner *scanner, struct node *parent, struct strview text, bool is_in_word) {
  char mark = text.data[0];
  size_t run = view_run(text, mark);
  if (run > 3 || run == text.length || byte_is_space(text.data[run]) || (mark == '_' && is_in_word)) return 0;
  size_t length = run == 3 ? 2 : run;
  size_t end = scan_emphasis_end(text, length, mark, length);
  if (end == VIEW_NOT_FOUND || scanner->depth >= DEEPEST) return 0;
  flush(scanner, parent);
  struct node *node = node_add(scanner->arena, parent, length == 2 ? NODE_STRONG : NODE_EMPHASIS);
  parse_inside(scanner, node, view_slice(text, length, end));
  return end + length;
}

static size_t parse_link(struct scanner *scanner, struct node *parent, struct strview text) {
  size_t close = scan_bracket_end(text, 0);
  if (close == VIEW_NOT_FOUND || scanner->depth >= DEEPEST) return 0;
  struct strview label = view_slice(text, 1, close), rest = view_from(text, close + 1), target;
  size_t taken = close + 1;
  if (view_starts(rest, VIEW("("))) {
    size_t end = view_find(rest, ')', 1);
    if (end == VIEW_NOT_FOUND) return 0;
    target = view_trim(view_slice(rest, 1, end));
    taken += end + 1;
  } else {
    struct strview name = label;
    size_t end = view_starts(rest, VIEW("[")) ? view_find(rest, ']', 1) : VIEW_NOT_FOUND;
    if (end != VIEW_NOT_FOUND) {
      if (end > 1) name = view_slice(rest, 1, end);
      taken += end + 1;
    }
    if (!links_find(scanner->links, name, &target)) return 0;
  }
  flush(scanner, parent);
  struct node *link = node_add(scanner->arena, parent, NODE_LINK);
  link->target = target;
  parse_inside(scanner, link, label);
  return taken;
}

static size_t parse_url(struct scanner *scanner, struct node *parent, struct strview text) {
  size_t end = view_find(text, '>', 1);
  if (end == VIEW_NOT_FOUND || !scan_is_url(view_slice(text, 1, end))) return 0;
  flush(scanner, parent);
  struct node *link = node_add(scanner->arena, parent, NODE_LINK);
  link->target = view_slice(text, 1, end);
  node_add_text(scanner->arena, link, NODE_TEXT, link->target);
  return end + 1;
}

/* A backslash, or two spaces, before a newline. */
static size_t parse_break(struct scanner *scanner, struct node *parent, struct strview text) {
  size_t spaces = view_run(text, ' ');
  bool is_hard = text.data[0] == '\\' ? text.length > 1 && text.data[1] == '\n'
                                      : spaces >= 2 && spaces < text.length && text.data[spaces] == '\n';
  if (!is_hard) return 0;
  flush(scanner, parent);
  node_add(scanner->arena, parent, NODE_BREAK);
  return text.data[0] == '\\' ? 2 : spaces + 1;
}

static size_t parse_escape(struct scanner *scanner, struct strview text) {
  static const char marks[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  if (text.length < 2 || text.data[1] == 0 || strchr(marks, text.data[1]) == NULL) return 0;
  strbuf_add_byte(&scanner->pending, text.data[1]);
  return 2;
}

static size_t parse_mark(struct scanner *scanner, struct node *parent, struct strview text, size_t at) {
  struct strview rest = view_from(text, at);
  size_t taken;
  switch (rest.data[0]) {
    case '`': return parse_code(scanner, parent, rest);
    case '*':
    case '_': {
      char before = at == 0 ? ' ' : text.data[at - 1];
      return parse_emphasis(scanner, parent, rest, byte_is_alpha(before) || byte_is_digit(before));
    }
    case '[': return parse_link(scanner, parent, rest);
    case '<': return parse_url(scanner, parent, rest);
    case '&': return entity_add(&scanner->pending, rest);
    case ' ': return parse_break(scanner, parent, rest);
    case '\\':
      taken = parse_break(scanner, parent, rest);
      return taken > 0 ? taken : parse_escape(scanner, rest);
    default: return 0;
  }
}

static void parse(struct scanner *scanner, struct node *parent, struct strview text) {
  for (size_t at = 0; at < text.length;) {
    size_t taken = parse_mark(scanner, parent, text, at);
    if (taken == 0) {
      /* A run of marks that means nothing is text as a whole. */
      taken = text.data[at] == '*' || text.data[at] == '`' ? view_run(view_from(text, at), text.data[at]) : 1;
      strbuf_add_view(&scanner->pending, view_slice(text, at, at + taken));
    }
    at += taken;
  }
  flush(scanner, parent);
}

void inline_parse(struct arena *arena, const struct links *links, struct node *parent, struct strview text) {
  struct scanner scanner = {arena, links, 0, {0}};
  parse(&scanner, parent, text);
  strbuf_free(&scanner.pending);
}

static void add_plain(struct strbuf *out, const struct node *node) {
  if (node->kind == NODE_TEXT || node->kind == NODE_CODE) strbuf_add_view(out, node->text);
  if (node->kind == NODE_BREAK) strbuf_add_byte(out, ' ');
  for (const struct node *part = node->first; part != NULL; part = part->next) add_plain(out, part);
}

struct strview inline_plain(struct arena *arena, const struct node *node) {
  struct strbuf plain = {0};
  add_plain(&plain, node);
  struct strview copy = {arena_copy(arena, strbuf_view(&plain).data, plain.length), plain.length};
  strbuf_free(&plain);
  return copy;
}
