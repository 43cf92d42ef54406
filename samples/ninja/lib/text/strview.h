/* A view of bytes that somebody else keeps. */
#ifndef STRVIEW_H
#define STRVIEW_H

#include "base.h"

struct strview {
  const char *data;
  size_t length;
};

#define VIEW(literal) ((struct strview){(literal), sizeof(literal) - 1})
#define VIEW_NOT_FOUND SIZE_MAX

struct strview view_of(const char *text);
/* At most `limit` bytes of a text that may lack its zero byte. */
struct strview view_within(const char *text, size_t limit);
struct strview view_slice(struct strview view, size_t from, size_t to);
struct strview view_from(struct strview view, size_t from);
struct strview view_trim(struct strview view);
struct strview view_trim_end(struct strview view);
bool view_equal(struct strview a, struct strview b);
/* ASCII letters only. */
bool view_equal_ignoring_case(struct strview a, struct strview b);
bool view_starts(struct strview view, struct strview start);
/* The index of the first `byte` at or after `from`. */
size_t view_find(struct strview view, char byte, size_t from);
/* How many times `byte` stands at the start. */
size_t view_run(struct strview view, char byte);
int view_compare(struct strview a, struct strview b);
/* Takes the next line off `rest`, without its newline; false at the end. */
bool view_next_line(struct strview *rest, struct strview *line);

static inline bool byte_is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }
static inline bool byte_is_digit(char byte) { return byte >= '0' && byte <= '9'; }
static inline bool byte_is_alpha(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
static inline char byte_lower(char byte) { return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte; }

#endif
