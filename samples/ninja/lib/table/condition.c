#include "condition.h"

#include "order.h"

bool condition_parse(struct strview text, struct condition *condition) {
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    bool unequal = byte == '!' && i + 1 < text.length && text.data[i + 1] == '=';
    if (!unequal && byte != '=' && byte != '<' && byte != '>') continue;
    condition->column = view_trim(view_slice(text, 0, i));
    condition->value = view_trim(view_from(text, unequal ? i + 2 : i + 1));
    condition->kind = unequal       ? CONDITION_UNEQUAL
                      : byte == '=' ? CONDITION_EQUAL
                      : byte == '<' ? CONDITION_LESS
                                    : CONDITION_MORE;
    return true;
  }
  return false;
}

bool condition_holds(const struct condition *condition, struct strview cell) {
  int order = order_cells(cell, condition->value);
  switch (condition->kind) {
    case CONDITION_EQUAL: return order == 0;
    case CONDITION_UNEQUAL: return order != 0;
    case CONDITION_LESS: return order < 0;
    case CONDITION_MORE: return order > 0;
  }
  return false;
}
