// Random choices from a seed: the same seed makes the same choices on every machine.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace dialogue::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// From 0 to `count` - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  std::string pick(std::initializer_list<const char*> values) { return *(values.begin() + below(values.size())); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace dialogue::testing
