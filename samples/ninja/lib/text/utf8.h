/* UTF-8: bytes to code points and back, and how wide they are on a terminal. */
#ifndef UTF8_H
#define UTF8_H

#include "base.h"
#include "strbuf.h"
#include "strview.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Takes one code point off `rest`, which is not empty. A wrong byte is one replacement character. */
uint32_t utf8_next(struct strview *rest);
/* What is no character (a surrogate, too large, zero) becomes the replacement character. */
void utf8_add(struct strbuf *out, uint32_t point);
unsigned utf8_point_columns(uint32_t point);
size_t utf8_columns(struct strview text);

#endif
