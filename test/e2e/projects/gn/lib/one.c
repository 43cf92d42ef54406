#include "core.h"
int one(void) { return 1; }
