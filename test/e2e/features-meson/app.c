#include <stdio.h>
#include "gen.h"
int x(void);
int main(void) { printf("%d %d\n", GEN, x()); return 0; }
