#include "strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void strbuf_reserve(struct strbuf *buffer, size_t more) {
  size_t wanted = buffer->length + more + 1;
  if (wanted <= buffer->capacity) return;
  size_t capacity = buffer->capacity == 0 ? STRBUF_FIRST_CAPACITY : buffer->capacity;
  while (capacity < wanted) capacity *= 2;
  buffer->data = memory_resize(buffer->data, capacity, 1);
  buffer->capacity = capacity;
}

void strbuf_add(struct strbuf *buffer, const char *bytes, size_t length) {
  strbuf_reserve(buffer, length);
  if (length > 0) memcpy(buffer->data + buffer->length, bytes, length);
  buffer->length += length;
  buffer->data[buffer->length] = 0;
}

void strbuf_add_byte(struct strbuf *buffer, char byte) { strbuf_add(buffer, &byte, 1); }

void strbuf_add_text(struct strbuf *buffer, const char *text) { strbuf_add(buffer, text, strlen(text)); }

void strbuf_add_view(struct strbuf *buffer, struct strview view) { strbuf_add(buffer, view.data, view.length); }

void strbuf_add_repeated(struct strbuf *buffer, char byte, size_t times) {
  strbuf_reserve(buffer, times);
  memset(buffer->data + buffer->length, byte, times);
  buffer->length += times;
  buffer->data[buffer->length] = 0;
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...) {
  va_list values, again;
  va_start(values, format);
  va_copy(again, values);
  int length = vsnprintf(NULL, 0, format, values);
  va_end(values);
  if (length > 0) {
    strbuf_reserve(buffer, (size_t)length);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
    buffer->length += (size_t)length;
  }
  va_end(again);
}

void strbuf_clear(struct strbuf *buffer) {
  buffer->length = 0;
  if (buffer->data != NULL) buffer->data[0] = 0;
}

void strbuf_free(struct strbuf *buffer) {
  free(buffer->data);
  *buffer = (struct strbuf){0};
}

char *strbuf_take(struct strbuf *buffer, size_t *length) {
  strbuf_reserve(buffer, 0);
  buffer->data[buffer->length] = 0;
  char *data = buffer->data;
  if (length != NULL) *length = buffer->length;
  *buffer = (struct strbuf){0};
  return data;
}
