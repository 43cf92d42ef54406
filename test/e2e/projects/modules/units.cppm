export module units;
export import :scale;

export double to_celsius(double degrees, Scale scale);
