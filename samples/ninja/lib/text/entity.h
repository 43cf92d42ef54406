/* Character references: &name; and &#number; */
#ifndef ENTITY_H
#define ENTITY_H

#include "base.h"
#include "strbuf.h"
#include "strview.h"

/* If `text` starts with a reference, adds its character and returns its length in bytes, else 0. */
size_t entity_add(struct strbuf *out, struct strview text);

#endif
