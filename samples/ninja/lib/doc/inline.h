/* Text with marks to a tree: emphasis, code, links, named characters. */
#ifndef INLINE_H
#define INLINE_H

#include "arena.h"
#include "base.h"
#include "links.h"
#include "node.h"
#include "strview.h"

/* Adds the parts of `text` to `parent`. */
void inline_parse(struct arena *arena, const struct links *links, struct node *parent, struct strview text);
/* What the node says, without marks. */
struct strview inline_plain(struct arena *arena, const struct node *node);

#endif
