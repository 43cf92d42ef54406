#include "arena.h"

#include <stdlib.h>
#include <string.h>

#include "arena_block.h"
#include "memory.h"

static struct arena_block *add_block(struct arena *arena, size_t size) {
  struct arena_block *block = memory_get(sizeof *block + size);
  block->older = arena->newest;
  block->size = size;
  arena->newest = block;
  return block;
}

void *arena_get(struct arena *arena, size_t size) {
  size_t wanted = arena_round(size == 0 ? 1 : size);
  struct arena_block *block = arena->newest;
  if (block == NULL || block->size - block->used < wanted)
    block = add_block(arena, wanted > ARENA_BLOCK_SIZE ? wanted : ARENA_BLOCK_SIZE);
  void *memory = block->bytes + block->used;
  block->used += wanted;
  return memory;
}

char *arena_copy(struct arena *arena, const char *text, size_t length) {
  char *copy = arena_get(arena, length + 1);
  if (length > 0) memcpy(copy, text, length);
  return copy;
}

void arena_free(struct arena *arena) {
  for (struct arena_block *block = arena->newest; block != NULL;) {
    struct arena_block *older = block->older;
    free(block);
    block = older;
  }
  arena->newest = NULL;
}
