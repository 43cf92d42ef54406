int slimmer(int);
int slim(int x) { return slimmer(x) + 1; }
