// JSON text with some of its values replaced. Pure; safe from any thread.
#pragma once
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dialogue::middleware {

/// A text that is not JSON, in place of a payload. A step that throws it refuses the publication (hooks.hpp).
struct UnreadablePayload : std::logic_error {
  UnreadablePayload() : std::logic_error("a payload cannot be read") {}
};

/// Asked about each value, outermost first, with its path ("card.number"; items of arrays add nothing, the whole has the empty
/// one) and its text. An answer takes the value's place, and nothing within it is asked about.
using ReplaceValue = std::function<std::optional<std::string>(std::string_view path, std::string_view raw)>;

/// Work is linear in the size of `json` times its depth. Returns no value if nothing was replaced. White space between values
/// goes. Throws UnreadablePayload.
[[nodiscard]] std::optional<std::string> rewrite_json(std::string_view json, const ReplaceValue& replace);

}  // namespace dialogue::middleware
