/* Finding where marks end, for inline.c. */
#ifndef INLINE_SCAN_H
#define INLINE_SCAN_H

#include "base.h"
#include "strview.h"

/* The start of the closing run of exactly `length` backquotes. */
size_t scan_code_end(struct strview text, size_t from, size_t length);
/* The start of the closing mark: `length` times `mark`, with no space before it. */
size_t scan_emphasis_end(struct strview text, size_t from, char mark, size_t length);
/* The bracket that closes the one at `open`. */
size_t scan_bracket_end(struct strview text, size_t open);
bool scan_is_url(struct strview text);

#endif
