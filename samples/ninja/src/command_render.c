#include <stdlib.h>

#include "commands.h"
#include "default_css.h"
#include "files.h"

int command_render(const struct options *options, enum quill_format format) {
  struct strbuf text = {0}, css = {0};
  if (!files_read(options->input, &text)) return EXIT_INPUT;
  if (options->css_file != NULL && !files_read(options->css_file, &css)) return EXIT_INPUT;
  struct quill_options render = options->render;
  render.css = options->css_file == NULL ? default_css : strbuf_view(&css).data;
  struct quill_document *document = quill_parse(strbuf_view(&text).data, text.length);
  size_t length;
  char *rendered = quill_render(document, format, &render, &length);
  bool done = files_write(options->output, (struct strview){rendered, length});
  free(rendered);
  quill_free(document);
  strbuf_free(&text);
  strbuf_free(&css);
  return done ? EXIT_GOOD : EXIT_INPUT;
}
