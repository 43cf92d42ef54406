#include "core.h"
int two(void) { return 2; }
