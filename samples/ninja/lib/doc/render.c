#include <quill/quill.h>

#include "writer.h"

struct strview writer_title(const struct writer *writer) {
  if (writer->options->title != NULL) return view_of(writer->options->title);
  if (writer->document->headings.count == 0) return VIEW("Untitled");
  return view_of(quill_heading_at(writer->document, 0).text);
}

char *quill_render(const struct quill_document *document, enum quill_format format,
                   const struct quill_options *options, size_t *length) {
  static const struct quill_options none = {0};
  struct writer writer = {{0}, document, options == NULL ? &none : options};
  switch (format) {
    case QUILL_HTML: html_write(&writer); break;
    case QUILL_TEXT: plain_write(&writer); break;
    case QUILL_MAN: man_write(&writer); break;
  }
  return strbuf_take(&writer.out, length);
}
