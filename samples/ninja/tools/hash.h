/* The hash of entity names: the generator searches a seed with it, the table it writes repeats it. */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_FACTOR UINT32_C(16777619)

uint32_t hash_name(uint32_t seed, const char *name, size_t length);
/* The smallest seed that gives every name its own slot; `slots` is a power of two. 0 if there is none. */
uint32_t hash_find_seed(const char *const *names, size_t count, size_t slots);

#endif
