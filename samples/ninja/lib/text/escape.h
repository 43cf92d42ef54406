/* Text made safe for the place it goes to. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "base.h"
#include "strbuf.h"
#include "strview.h"

/* For HTML text and for values in double quotes. */
void escape_html(struct strbuf *out, struct strview text);
/* For URLs in HTML attributes: other bytes become %XX. */
void escape_url(struct strbuf *out, struct strview text);
/* For man pages: backslashes, hyphens, and dots that would start a request. */
void escape_roff(struct strbuf *out, struct strview text);

#endif
