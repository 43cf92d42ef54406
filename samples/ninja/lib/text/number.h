/* Numbers as people write them. */
#ifndef NUMBER_H
#define NUMBER_H

#include "base.h"
#include "strview.h"

/* The whole view must be digits of the base (10 or 16) and not above `limit`. */
bool number_parse(struct strview text, unsigned base, uint32_t limit, uint32_t *value);
/* True for an optional sign, digits, and an optional fraction. */
bool number_is_decimal(struct strview text);
/* Orders two decimals by value. */
int number_compare(struct strview a, struct strview b);

#endif
