#include "wrap.h"

#include "utf8.h"

struct line {
  struct strbuf *out;
  const struct wrap_margins *margins;
  size_t columns; /* taken so far */
  bool has_words;
};

static void start_line(struct line *line, struct strview margin) {
  strbuf_add_view(line->out, margin);
  line->columns = utf8_columns(margin);
  line->has_words = false;
}

static void end_line(struct line *line) {
  while (line->out->length > 0 && line->out->data[line->out->length - 1] == ' ') line->out->length--;
  strbuf_add_byte(line->out, '\n');
}

static void add_word(struct line *line, struct strview word) {
  size_t columns = utf8_columns(word);
  if (line->has_words && line->columns + 1 + columns > line->margins->width) {
    end_line(line);
    start_line(line, line->margins->rest);
  }
  if (line->has_words) {
    strbuf_add_byte(line->out, ' ');
    line->columns++;
  }
  strbuf_add_view(line->out, word);
  line->columns += columns;
  line->has_words = true;
}

void wrap_add(struct strbuf *out, struct strview text, const struct wrap_margins *margins) {
  struct line line = {out, margins, 0, false};
  start_line(&line, margins->first);
  size_t at = 0;
  while (at < text.length) {
    if (text.data[at] == '\n') {
      end_line(&line);
      start_line(&line, margins->rest);
      at++;
    } else if (byte_is_space(text.data[at])) {
      at++;
    } else {
      size_t start = at;
      while (at < text.length && !byte_is_space(text.data[at])) at++;
      add_word(&line, view_slice(text, start, at));
    }
  }
  end_line(&line);
}
