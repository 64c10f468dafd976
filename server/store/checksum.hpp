// A 64-bit sum over numbers and texts, eight bytes a step. Each step is a bijection of the sum (the finalizer of SplitMix64,
// Steele, Lea and Flood, OOPSLA 2014), so that a change within eight aligned bytes, as of one bit, is always seen. Finds
// accidents, not forgery. What it gives is kept on disks: it never changes.
//
//   const std::uint64_t sum = Checksum().add(record.seq).add(record.payload).value();
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dialogue::store {

class Checksum {
 public:
  Checksum& add(std::uint64_t number) {
    std::uint64_t z = (sum_ ^ number) + 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    sum_ = z ^ (z >> 31);
    return *this;
  }

  /// The length counts, so that texts cannot be cut at another place.
  Checksum& add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t)))
      add(word(text, sizeof(std::uint64_t)));
    return text.empty() ? *this : add(word(text, text.size()));
  }

  [[nodiscard]] std::uint64_t value() const { return sum_; }

  /// The sum before add(), by the sum behind it: the steps backwards.
  static std::uint64_t before(std::uint64_t sum, std::uint64_t number) {
    std::uint64_t z = sum ^ (sum >> 31) ^ (sum >> 62);
    z *= 0x319642B2D24D8EC3ULL;  // the inverses of the factors above, modulo 2^64
    z = z ^ (z >> 27) ^ (z >> 54);
    z *= 0x96DE1B173F119089ULL;
    z = z ^ (z >> 30) ^ (z >> 60);
    return (z - 0x9E3779B97F4A7C15ULL) ^ number;
  }
  static std::uint64_t before(std::uint64_t sum, std::string_view text) {
    const std::size_t rest = text.size() % sizeof(std::uint64_t), whole = text.size() - rest;
    if (rest > 0) sum = before(sum, word(text.substr(whole), rest));
    for (std::size_t at = whole; at > 0; at -= sizeof(std::uint64_t))
      sum = before(sum, word(text.substr(at - sizeof(std::uint64_t)), sizeof(std::uint64_t)));
    return before(sum, static_cast<std::uint64_t>(text.size()));
  }

 private:
  /// As written by a little-endian machine, which every supported one is.
  static std::uint64_t word(std::string_view text, std::size_t bytes) {
    std::uint64_t number = 0;
    std::memcpy(&number, text.data(), bytes);
    return number;
  }

  std::uint64_t sum_ = 0;
};

}  // namespace dialogue::store
