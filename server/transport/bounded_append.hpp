// Bytes of a message that comes in pieces.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace dialogue::transport {

/// Appends without ever reserving what a peer merely announced: the buffer grows with the bytes that came, up to `bytes_max`.
inline void append_bounded(std::vector<char>& buffer, std::span<const char> bytes, std::size_t bytes_max) {
  const std::size_t size = buffer.size() + bytes.size();
  if (size > buffer.capacity()) buffer.reserve(std::max(size, std::min(2 * buffer.capacity(), bytes_max)));
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

}  // namespace dialogue::transport
