// The shard's only source of chance: SplitMix64, so that the same seed gives the same ids and epochs.
// Good for names and spreading, not for secrets. A value; not thread-safe.
// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), the constants of section 5.
#pragma once
#include <cstdint>
#include <string>

#include "shared/base/limits.hpp"

namespace dialogue::core {

class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// 0 to bound - 1; 0 for a bound of 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  /// 1 to 2^53-1: an epoch that is never 0 and exact in JavaScript.
  [[nodiscard]] std::uint64_t safe_integer() { return 1 + next() % kSafeIntegerMax; }
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string hex_id() {
    std::string id;
    for (int half = 0; half < 2; ++half) {
      std::uint64_t bits = next();
      for (int digit = 0; digit < 16; ++digit, bits >>= 4) id += "0123456789abcdef"[bits & 15];
    }
    return id;
  }

 private:
  std::uint64_t state_;
};

}  // namespace dialogue::core
