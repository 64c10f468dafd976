// A setting's value in words, for people: in the log of a reload and in `dialogue config`. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "server/app/settings/settings.hpp"

namespace dialogue::app {

/// The value as people write it: lists with commas between their parts, switches as "on" and "off". None is a secret: keys stand
/// in files and variables that settings only name, and URLs with a name and password are refused.
[[nodiscard]] std::string setting_text(const Setting& setting, const ServeSettings& settings);

}  // namespace dialogue::app
