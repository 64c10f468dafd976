// Where an instance has the key of its audit. Pure.
#pragma once
#include <dialogue/config.hpp>
#include <string>

namespace dialogue {

/// Beside the audit, unless the configuration names a file.
[[nodiscard]] inline std::string audit_key_of(const Config& config) {
  return config.audit_key_file.empty() ? config.audit_file + "-key" : config.audit_key_file;
}

}  // namespace dialogue
