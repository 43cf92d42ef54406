/* Zero when it was printed. */
int greet(const char *name);
