/* One condition on a row, for select.c. */
#ifndef CONDITION_H
#define CONDITION_H

#include "base.h"
#include "strview.h"

enum condition_kind { CONDITION_EQUAL, CONDITION_UNEQUAL, CONDITION_LESS, CONDITION_MORE };

struct condition {
  struct strview column;
  struct strview value;
  enum condition_kind kind;
};

/* False if there is no operator. */
bool condition_parse(struct strview text, struct condition *condition);
/* Numbers are compared as numbers, all else by bytes. */
bool condition_holds(const struct condition *condition, struct strview cell);

#endif
