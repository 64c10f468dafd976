// See setting_text.hpp.
#include "server/app/settings/setting_text.hpp"

#include <variant>

#include "shared/base/shown_url.hpp"

namespace dialogue::app {
namespace {

struct TextOf {
  const ServeSettings& settings;

  std::string operator()(std::string ServeSettings::*field) const { return settings.*field; }
  std::string operator()(std::uint32_t ServeSettings::*field) const { return std::to_string(settings.*field); }
  std::string operator()(bool ServeSettings::*field) const { return settings.*field ? "on" : "off"; }
  std::string operator()(std::vector<std::string> ServeSettings::*field) const {
    std::string all;
    for (const std::string& each : settings.*field) all += (all.empty() ? "" : ",") + each;
    return all;
  }
};

}  // namespace

std::string setting_text(const Setting& setting, const ServeSettings& settings) {
  const bool is_automatic = setting.name == "memory-max" && settings.memory_max == kMemoryMaxOfCgroup;
  return is_automatic ? std::string(setting.fallback) : std::visit(TextOf{settings}, setting.field);
}

std::string shown_setting(const Setting& setting, const ServeSettings& settings) {
  if (const auto* field = std::get_if<std::vector<std::string> ServeSettings::*>(&setting.field)) {
    ServeSettings shown;
    for (const std::string& each : settings.**field) (shown.**field).push_back(shown_url(each));
    return setting_text(setting, shown);
  }
  return shown_url(setting_text(setting, settings));
}

}  // namespace dialogue::app
