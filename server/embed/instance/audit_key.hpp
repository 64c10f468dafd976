// Where an instance has the key of its audit. Pure.
#pragma once
#include <dialogue/config.hpp>
#include <string>

namespace dialogue {

/// Beside the audit, unless the configuration names a file.
[[nodiscard]] inline std::string audit_key_of(const Config& config) {
  return config.audit_key.empty() ? config.audit + "-key" : config.audit_key;
}

}  // namespace dialogue
