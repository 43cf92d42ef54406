#include "box.h"
int main(void) { return box(); }
