#include "vec.h"

#include <stdlib.h>

#include "memory.h"

void vec_add(struct vec *vec, void *item) {
  if (vec->count == vec->capacity) {
    vec->capacity = vec->capacity == 0 ? 8 : vec->capacity * 2;
    vec->items = memory_resize(vec->items, vec->capacity, sizeof *vec->items);
  }
  vec->items[vec->count++] = item;
}

void vec_free(struct vec *vec) {
  free(vec->items);
  *vec = (struct vec){0};
}
