// One text for each JSON value: keys sorted by their UTF-8 bytes, of a repeated key the last, numbers as ECMAScript writes them,
// strings with the least escaping. Native only; used where a definition's constants become part of the catalogue.
// Pure; safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue {

/// The canonical text of one JSON value; nothing when `text` is not one (RFC 8259, UTF-8, kJsonDepthMax).
[[nodiscard]] std::optional<std::string> canonical_json(std::string_view text);

/// The canonical text of a finite double: the fewest digits that give the same double back, at most 17. -0 is 0.
[[nodiscard]] std::string canonical_number(double value);

/// Sorts canonical texts as a catalogue's enumerations are (order_values(), then by their bytes) and drops repeated ones.
void sort_values(std::vector<std::string>& values);

}  // namespace dialogue
