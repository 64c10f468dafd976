// The validator: one pass over a payload's bytes against one event's schema, the same verdict at both ends, no allocation.
// Reads the catalogue's bytes directly. Pure; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue {

/// What was found. A failed verdict names the place as a path ("$.items[3].price") and the bound or name it broke.
struct Verdict {
  ErrorCode code = ErrorCode::ok;
  std::uint32_t offset = 0;  ///< byte in the payload where the first fault was seen
  std::uint16_t path_length = 0, argument_length = 0;
  std::array<char, kErrorPathBytesMax> path_bytes;      ///< "$" for the whole value; cut with "..." when longer
  std::array<char, kErrorPathBytesMax> argument_bytes;  ///< replaces "{}" in the code's message
  [[nodiscard]] bool valid() const { return code == ErrorCode::ok; }
  [[nodiscard]] std::string_view path() const { return {path_bytes.data(), path_length}; }
  [[nodiscard]] std::string_view argument() const { return {argument_bytes.data(), argument_length}; }
};

/// Checks that `payload` is exactly one JSON text (RFC 8259, UTF-8, no BOM, depth at most kJsonDepthMax) that fits the
/// schema of `event` (index < catalogue.event_count()). Passes over the first `passed` faults, in the order in which it finds
/// them, so that calls with 0, 1, 2 and so on list them until one finds none. A text that is not JSON is a fault that nothing
/// passes over. A value with a wrong type or variant is one fault, and so is an array with equal items.
void validate(const CatalogueView& catalogue, std::uint32_t event, std::string_view payload, Verdict& verdict,
              std::uint32_t passed = 0);

/// Replaces raw CR, LF and TAB outside strings by spaces, in place, so that the payload fits on one line of a batch.
/// Call it before validate(), which refuses such bytes inside strings.
void make_single_line(std::span<char> payload);

}  // namespace dialogue
