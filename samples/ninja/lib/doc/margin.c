#include "margin.h"

void margin_add(struct margin *margin, struct strview first, struct strview rest) {
  strbuf_add_view(&margin->first, first);
  strbuf_add_view(&margin->rest, rest);
}

void margin_settle(struct margin *margin) {
  strbuf_clear(&margin->first);
  strbuf_add_view(&margin->first, strbuf_view(&margin->rest));
}

void margin_cut(struct margin *margin, size_t length) {
  struct strview kept = view_slice(strbuf_view(&margin->rest), 0, length);
  strbuf_clear(&margin->first);
  strbuf_add_view(&margin->first, kept);
  margin->rest.length = length;
}

void margin_free(struct margin *margin) {
  strbuf_free(&margin->first);
  strbuf_free(&margin->rest);
}
