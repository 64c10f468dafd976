// An estimate of how many different users there were, in 4 KiB however many they are: HyperLogLog (Flajolet et al., 2007), with
// linear counting while they are few. The standard error is 1.6 %. Sketches of several shards merge into that of all. A value.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace dialogue::metrics {

class UserSketch {
 public:
  void add(std::string_view user) {
    const std::uint64_t hash = hash_of(user);
    std::uint8_t& rank = ranks_[hash >> (64 - kIndexBits)];
    const std::uint64_t rest = (hash << kIndexBits) | (std::uint64_t{1} << (kIndexBits - 1));
    rank = std::max(rank, static_cast<std::uint8_t>(std::countl_zero(rest) + 1));
  }
  void merge(const UserSketch& other) {
    for (std::size_t i = 0; i < ranks_.size(); ++i) ranks_[i] = std::max(ranks_[i], other.ranks_[i]);
  }
  [[nodiscard]] std::uint64_t estimate() const {
    constexpr double kAlpha = 0.7213 / (1 + 1.079 / kRanks), kFew = 2.5;
    double sum = 0;
    for (const std::uint8_t rank : ranks_) sum += std::ldexp(1.0, -rank);
    const double raw = kAlpha * kRanks * kRanks / sum;
    const auto empty = static_cast<double>(std::count(ranks_.begin(), ranks_.end(), 0));
    const bool is_few = raw <= kFew * kRanks && empty > 0;
    return static_cast<std::uint64_t>(std::llround(is_few ? kRanks * std::log(kRanks / empty) : raw));
  }

 private:
  static constexpr unsigned kIndexBits = 12;
  static constexpr std::size_t kRanks = std::size_t{1} << kIndexBits;

  /// FNV-1a, then the finalizer of SplitMix64: every bit of the result depends on every byte.
  [[nodiscard]] static std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
    return hash ^ (hash >> 31);
  }

  std::array<std::uint8_t, kRanks> ranks_{};
};

}  // namespace dialogue::metrics
