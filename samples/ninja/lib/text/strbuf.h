/* Bytes that grow. A zeroed strbuf is empty and ready. */
#ifndef STRBUF_H
#define STRBUF_H

#include "base.h"
#include "strview.h"

#define STRBUF_FIRST_CAPACITY 64

struct strbuf {
  char *data; /* zero-terminated once something was added */
  size_t length;
  size_t capacity;
};

void strbuf_reserve(struct strbuf *buffer, size_t more);
void strbuf_add(struct strbuf *buffer, const char *bytes, size_t length);
void strbuf_add_byte(struct strbuf *buffer, char byte);
void strbuf_add_text(struct strbuf *buffer, const char *text);
void strbuf_add_view(struct strbuf *buffer, struct strview view);
void strbuf_add_repeated(struct strbuf *buffer, char byte, size_t times);
void strbuf_addf(struct strbuf *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_clear(struct strbuf *buffer);
void strbuf_free(struct strbuf *buffer);
/* Hands the bytes to the caller, who frees them; never NULL. */
char *strbuf_take(struct strbuf *buffer, size_t *length);

static inline struct strview strbuf_view(const struct strbuf *buffer) {
  return (struct strview){buffer->data == NULL ? "" : buffer->data, buffer->length};
}

#endif
