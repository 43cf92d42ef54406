module;
#include <cstdio>
export module report;
export import units;

export inline void report(double degrees, Scale scale) {
  std::printf("%.1f degrees Celsius\n", to_celsius(degrees, scale));
}
