#include "core.h"
#include "table.h"

extern "C" {
int slim(int);
int one(void);
int two(void);
int member24(void);
extern const char *const table[];
}
std::string extra();

int main() {
  const int sum = core_add(slim(149), member24()) + one() - two() + 2;
  std::printf("%d %d %s, first %s\n", sum, TABLE_LENGTH, extra().c_str(), table[0]);
}
