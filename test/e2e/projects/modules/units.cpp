module units;

double to_celsius(double degrees, Scale scale) {
  if (scale == Scale::celsius) return degrees;
  return (degrees - 32) * 5 / 9;
}
