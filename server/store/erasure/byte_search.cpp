// See byte_search.hpp.
#include "server/store/erasure/byte_search.hpp"

#include <algorithm>

namespace dialogue::store {

std::optional<std::size_t> ByteSearch::add(std::string_view needle) {
  if (needle.size() < kNeedleBytesMin || needle.size() > kNeedleBytesMax || needles_.size() >= kNeedlesMax) return std::nullopt;
  const std::uint32_t key = key_at(needle.data());
  first_bytes_[hash_of(key)] = true;
  by_first_bytes_[key].push_back(needles_.size());
  longest_ = std::max(longest_, needle.size());
  needles_.emplace_back(needle);
  return needles_.size() - 1;
}

void ByteSearch::look(std::string_view bytes, std::size_t seen, const Found& found) const {
  for (std::size_t at = 0; at + kNeedleBytesMin <= bytes.size(); ++at) {
    const std::uint32_t key = key_at(bytes.data() + at);
    if (!first_bytes_[hash_of(key)]) continue;
    const auto needles = by_first_bytes_.find(key);
    if (needles == by_first_bytes_.end()) continue;
    for (const std::size_t number : needles->second) {
      const std::string& needle = needles_[number];
      if (at + needle.size() > seen && bytes.substr(at, needle.size()) == needle) found(number, at);
    }
  }
}

}  // namespace dialogue::store
