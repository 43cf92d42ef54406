#include "escape.h"

#include <string.h>

static const char *html_name(char byte) {
  switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    default: return NULL;
  }
}

void escape_html(struct strbuf *out, struct strview text) {
  for (size_t i = 0; i < text.length; i++) {
    const char *name = html_name(text.data[i]);
    if (name != NULL)
      strbuf_add_text(out, name);
    else
      strbuf_add_byte(out, text.data[i]);
  }
}

void escape_url(struct strbuf *out, struct strview text) {
  static const char plain[] = "-._~:/?#[]@!$'()*+,;=%";
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    if (byte == '&')
      strbuf_add_text(out, "&amp;");
    else if (byte != 0 && (byte_is_alpha(byte) || byte_is_digit(byte) || strchr(plain, byte) != NULL))
      strbuf_add_byte(out, byte);
    else
      strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)byte);
  }
}

void escape_roff(struct strbuf *out, struct strview text) {
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    bool starts_line = out->length == 0 || out->data[out->length - 1] == '\n';
    if (starts_line && (byte == '.' || byte == '\'')) strbuf_add_text(out, "\\&");
    if (byte == '\\')
      strbuf_add_text(out, "\\e");
    else if (byte == '-')
      strbuf_add_text(out, "\\-");
    else
      strbuf_add_byte(out, byte);
  }
}
