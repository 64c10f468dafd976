// Splits an update into parts, for a sender whose messages are limited in size. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::document {

/// Splits `update` into updates of at most `bytes_max` bytes each (at least 1024). A document that can apply the update can apply
/// the parts in their order, one after the other. Returns false if the update is malformed, or has larger content that is not a
/// text.
[[nodiscard]] bool split_update(std::string_view update, std::size_t bytes_max, std::vector<std::string>& parts);

}  // namespace dialogue::document
