// "Did you mean": the known name that is nearest to a mistyped one. Pure.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace dialogue::definitions {

/// "Did you mean `maxSize`?" when one of `known` is at most two edits away (and not all of it), else "".
[[nodiscard]] std::string did_you_mean(std::string_view given, std::span<const std::string_view> known);

}  // namespace dialogue::definitions
