// The part of a file that a request asks for (RFC 9110, section 14). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

/// Bytes first to last, both of them included.
struct ByteRange {
  std::uint64_t first = 0, last = 0;
};

struct RangeVerdict {
  bool is_satisfiable = true;
  std::optional<ByteRange> range{};  ///< nothing: the whole file
};

/// `field`: of the header Range. What is not a single range of bytes is ignored, as the RFC allows.
[[nodiscard]] RangeVerdict read_range(std::string_view field, std::uint64_t size);

}  // namespace chat
