/* Where reference links lead: lines such as "[name]: target". */
#ifndef LINKS_H
#define LINKS_H

#include "arena.h"
#include "base.h"
#include "strview.h"
#include "vec.h"

struct links {
  struct arena *arena;
  struct vec definitions;
};

/* True if the line was a definition; the first one of a name wins. */
bool links_read_line(struct links *links, struct strview line);
bool links_find(const struct links *links, struct strview name, struct strview *target);
void links_free(struct links *links);

#endif
