#include "slug.h"

#include <string.h>

#include "strbuf.h"

static bool is_taken(const struct slugs *slugs, const char *slug) {
  for (size_t i = 0; i < slugs->taken.count; i++)
    if (strcmp(slugs->taken.items[i], slug) == 0) return true;
  return false;
}

static void add_words(struct strbuf *out, struct strview heading) {
  bool gap = false;
  for (size_t i = 0; i < heading.length; i++) {
    char byte = heading.data[i];
    bool keeps = byte_is_alpha(byte) || byte_is_digit(byte) || (unsigned char)byte >= 0x80;
    if (!keeps) {
      gap = gap || byte == '-' || byte_is_space(byte);
      continue;
    }
    if (gap && out->length > 0) strbuf_add_byte(out, '-');
    gap = false;
    strbuf_add_byte(out, byte_lower(byte));
  }
  if (out->length == 0) strbuf_add_text(out, "section");
}

const char *slug_make(struct slugs *slugs, struct strview heading) {
  struct strbuf words = {0};
  add_words(&words, heading);
  size_t stem = words.length;
  for (unsigned next = 2; is_taken(slugs, words.data); next++) {
    words.length = stem;
    strbuf_addf(&words, "-%u", next);
  }
  char *slug = arena_copy(slugs->arena, words.data, words.length);
  vec_add(&slugs->taken, slug);
  strbuf_free(&words);
  return slug;
}

void slugs_free(struct slugs *slugs) { vec_free(&slugs->taken); }
