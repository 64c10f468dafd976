// JSON text with some of its values replaced. Pure; safe from any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::middleware {

/// Asked about each value, outermost first, with its path ("card.number"; items of arrays add nothing, the whole has the empty
/// one) and its text. An answer takes the value's place, and nothing within it is asked about.
using ReplaceValue = std::function<std::optional<std::string>(std::string_view path, std::string_view raw)>;

/// `json` must be valid; work is linear in its size times its depth. Nothing when nothing was replaced. White space between
/// values goes.
[[nodiscard]] std::optional<std::string> rewrite_json(std::string_view json, const ReplaceValue& replace);

}  // namespace dialogue::middleware
