// Has the processor fetch a whole object into its cache, without waiting for it. Safe with any address; changes nothing else.
#pragma once
#include <cstddef>

namespace dialogue::core {

template <typename T>
void prefetch_object(const T& object) {
  constexpr std::size_t kCacheLineBytes = 64;
  const auto* const begin = reinterpret_cast<const char*>(&object);
  for (std::size_t at = 0; at < sizeof object; at += kCacheLineBytes) __builtin_prefetch(begin + at);
}

}  // namespace dialogue::core
