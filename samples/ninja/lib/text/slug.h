/* Anchors for headings: "Hello, World" is "hello-world", the second one "hello-world-2". */
#ifndef SLUG_H
#define SLUG_H

#include "arena.h"
#include "base.h"
#include "strview.h"
#include "vec.h"

struct slugs {
  struct arena *arena;
  struct vec taken;
};

/* The anchor lives as long as the arena. */
const char *slug_make(struct slugs *slugs, struct strview heading);
void slugs_free(struct slugs *slugs);

#endif
