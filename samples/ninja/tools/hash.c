#include "hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LAST_SEED UINT32_C(10000000)

uint32_t hash_name(uint32_t seed, const char *name, size_t length) {
  uint32_t hash = seed;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)name[i]) * HASH_FACTOR;
  return hash ^ hash >> 15;
}

static bool is_perfect(uint32_t seed, const char *const *names, size_t count, unsigned char *taken, size_t slots) {
  memset(taken, 0, slots);
  for (size_t i = 0; i < count; i++) {
    size_t slot = hash_name(seed, names[i], strlen(names[i])) & (slots - 1);
    if (taken[slot]) return false;
    taken[slot] = 1;
  }
  return true;
}

uint32_t hash_find_seed(const char *const *names, size_t count, size_t slots) {
  unsigned char *taken = malloc(slots);
  if (taken == NULL) return 0;
  uint32_t seed = 1;
  while (seed < LAST_SEED && !is_perfect(seed, names, count, taken, slots)) seed++;
  free(taken);
  return seed < LAST_SEED ? seed : 0;
}
