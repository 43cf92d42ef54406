#include "box.h"
int box(void) { return SIZE; }
