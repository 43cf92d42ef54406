/* Prints a greeting. */
#include "greeting.h"

int main(void) { return greet("world"); }
