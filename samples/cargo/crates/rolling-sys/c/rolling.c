#include "rolling.h"

/* Adler-32: two sums modulo the largest prime below 65536. */
uint32_t rolling_update(uint32_t sum, const uint8_t *bytes, size_t length) {
    uint32_t a = sum & 0xffff;
    uint32_t b = sum >> 16;
    for (size_t i = 0; i < length; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}
