/* The public interface of libquill: parse a document, render it. */
#ifndef QUILL_QUILL_H
#define QUILL_QUILL_H

#include <stdbool.h>
#include <stddef.h>

#include <quill/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct quill_document;

enum quill_format { QUILL_HTML, QUILL_TEXT, QUILL_MAN };

struct quill_options {
  const char *title; /* NULL: the first heading */
  const char *css;   /* style sheet to put into the page; NULL: none */
  size_t width;      /* columns of text output; 0: 72 */
  bool contents;     /* start with a table of contents */
  bool fragment;     /* HTML without the page around it */
};

struct quill_heading {
  unsigned level;     /* 1 to 6 */
  const char *anchor; /* unique in the document */
  const char *text;   /* without markup */
};

/* The document keeps its own copy of `text`. */
QUILL_API struct quill_document *quill_parse(const char *text, size_t length);
QUILL_API void quill_free(struct quill_document *document);

/* Returns zero-terminated bytes that the caller frees. */
QUILL_API char *quill_render(const struct quill_document *document, enum quill_format format,
                             const struct quill_options *options, size_t *length);

QUILL_API size_t quill_heading_count(const struct quill_document *document);
QUILL_API struct quill_heading quill_heading_at(const struct quill_document *document, size_t index);

/* Such as "1.2.3"; compare with QUILL_VERSION of <quill/version.h>. */
QUILL_API const char *quill_version(void);

#ifdef __cplusplus
}
#endif

#endif
