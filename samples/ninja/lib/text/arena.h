/* Memory that is freed all at once: what one document needs. */
#ifndef ARENA_H
#define ARENA_H

#include "base.h"

struct arena {
  struct arena_block *newest;
};

/* Zeroed, aligned for any type. */
void *arena_get(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *text, size_t length);
void arena_free(struct arena *arena);

#endif
