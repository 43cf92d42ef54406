#include <stdio.h>
int x(void);
int main(void) { printf("#define GEN %d\n", x()); return 0; }
