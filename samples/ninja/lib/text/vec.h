/* A growing list of pointers. A zeroed vec is empty and ready. */
#ifndef VEC_H
#define VEC_H

#include "base.h"

struct vec {
  void **items;
  size_t count;
  size_t capacity;
};

void vec_add(struct vec *vec, void *item);
void vec_free(struct vec *vec);

#endif
