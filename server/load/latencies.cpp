#include "server/load/latencies.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dialogue::load {

std::size_t Latencies::bucket_of(std::uint64_t us) {
  us = std::min(us, (std::uint64_t{1} << (kPowers + kBits - 1)) - 1);
  if (us < std::uint64_t{1} << kBits) return static_cast<std::size_t>(us);
  const auto shift = static_cast<unsigned>(std::bit_width(us)) - kBits - 1;  // leaves kBits + 1 digits, the first of them 1
  return static_cast<std::size_t>(((shift + 1) << kBits) + (us >> shift) - (std::uint64_t{1} << kBits));
}

std::uint64_t Latencies::top_of(std::size_t bucket) {
  if (bucket < std::size_t{1} << kBits) return bucket;
  const std::size_t shift = (bucket >> kBits) - 1;
  const std::uint64_t digits = (bucket & ((std::size_t{1} << kBits) - 1)) + (std::uint64_t{1} << kBits);
  return ((digits + 1) << shift) - 1;
}

void Latencies::add(std::uint64_t us) {
  ++counts_[bucket_of(us)];
  ++count_;
  max_ = std::max(max_, us);
}

std::uint64_t Latencies::at(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::min(top_of(bucket), max_);
  }
  return max_;
}

}  // namespace dialogue::load
