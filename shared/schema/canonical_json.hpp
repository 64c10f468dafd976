// One text for each JSON value: keys sorted by their UTF-8 bytes, of a repeated key the last, numbers as ECMAScript writes them,
// strings with the least escaping. Native only; used where a definition's constants become part of the catalogue.
// Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue {

/// Returns the canonical text of one JSON value; no value if `text` is not one (RFC 8259, UTF-8, kJsonDepthMax).
[[nodiscard]] std::optional<std::string> canonical_json(std::string_view text);

/// Returns the canonical text of a finite double: the fewest digits, at most 17, that read as the same double. -0 is 0.
[[nodiscard]] std::string canonical_number(double value);

/// Which types of schema.hpp a valid JSON text has; a number has kInteger and kNumber, whatever its value.
[[nodiscard]] std::uint8_t json_types(std::string_view text);

/// JsonComparison::digest() of a valid JSON text.
[[nodiscard]] std::uint32_t json_digest(std::string_view text);

/// Sorts canonical texts (by order_values(), then by their bytes) and drops repeated ones.
void sort_values(std::vector<std::string>& values);

}  // namespace dialogue
