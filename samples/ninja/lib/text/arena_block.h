/* How an arena keeps its memory; only arena.c looks inside. */
#ifndef ARENA_BLOCK_H
#define ARENA_BLOCK_H

#include "base.h"

#define ARENA_BLOCK_SIZE ((size_t)16 * 1024)
#define ARENA_ALIGNMENT ((size_t)(2 * SIZEOF_VOID_P))

struct arena_block {
  struct arena_block *older;
  size_t used;
  size_t size;
  _Alignas(16) unsigned char bytes[];
};

static inline size_t arena_round(size_t size) {
  return (size + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1);
}

#endif
