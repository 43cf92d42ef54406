int x(void) { return 7; }
