// A setting's value in words, for people: in the log of a reload and in `dialogue config`. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "server/app/settings/settings.hpp"

namespace dialogue::app {

/// The value as people write it: lists with commas between their parts, switches as "on" and "off". Keys stand in files and
/// variables that settings only name, but the query of a URL may hold one: what is shown to anybody is shown_setting().
[[nodiscard]] std::string setting_text(const Setting& setting, const ServeSettings& settings);

/// The same without what URLs may keep secret (shown_url).
[[nodiscard]] std::string shown_setting(const Setting& setting, const ServeSettings& settings);

}  // namespace dialogue::app
