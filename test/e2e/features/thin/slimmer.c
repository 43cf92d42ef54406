int slimmer(int x) { return x * 2; }
