// An environment that a test gives instead of the process's.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/app/settings/settings_sources.hpp"

namespace dialogue::app {

[[nodiscard]] inline Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace dialogue::app
