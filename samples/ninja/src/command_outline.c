#include "commands.h"
#include "files.h"

int command_outline(const struct options *options) {
  struct strbuf text = {0}, out = {0};
  if (!files_read(options->input, &text)) return EXIT_INPUT;
  struct quill_document *document = quill_parse(strbuf_view(&text).data, text.length);
  for (size_t i = 0; i < quill_heading_count(document); i++) {
    struct quill_heading heading = quill_heading_at(document, i);
    strbuf_add_repeated(&out, ' ', 2 * (heading.level - 1));
    strbuf_addf(&out, "%s #%s\n", heading.text, heading.anchor);
  }
  bool done = files_write(options->output, strbuf_view(&out));
  quill_free(document);
  strbuf_free(&text);
  strbuf_free(&out);
  return done ? EXIT_GOOD : EXIT_INPUT;
}
