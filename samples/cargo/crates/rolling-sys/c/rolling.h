#ifndef ROLLING_H
#define ROLLING_H

#include <stddef.h>
#include <stdint.h>

#define ROLLING_START 1u

/* Continues a sum over more bytes. */
uint32_t rolling_update(uint32_t sum, const uint8_t *bytes, size_t length);

#endif
