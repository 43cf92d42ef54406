/* Allocation that ends the program when there is no memory left. */
#ifndef MEMORY_H
#define MEMORY_H

#include "base.h"

void *memory_get(size_t size);
void *memory_resize(void *old, size_t count, size_t size);
char *memory_copy(const char *text, size_t length);

#endif
