// A small generator for jitter, seeded by the driver, so that a run can be repeated. Not for secrets. Not thread-safe.
#pragma once
#include <cstdint>

namespace dialogue::client {

/// SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", figure 17).
class Random {
 public:
  constexpr Random() = default;
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, max], but for a bias below max / 2^64.
  [[nodiscard]] std::uint64_t up_to(std::uint64_t max) { return next() % (max + 1); }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace dialogue::client
