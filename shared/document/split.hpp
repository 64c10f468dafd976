// An update in parts, for who may send only so many bytes at a time. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::document {

/// Updates of at most `bytes_max` bytes each (at least 1024) that together are this one. A document that can apply the update can
/// apply them in this order, one after the other. False: it is malformed, or has
/// content that is larger and not a text.
[[nodiscard]] bool split_update(std::string_view update, std::size_t bytes_max, std::vector<std::string>& parts);

}  // namespace dialogue::document
