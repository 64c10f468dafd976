// The changes made by a reload of the settings, as POST /api/v1/reload returns them. A plain value.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace dialogue {

struct ReloadChange {
  std::string key;          ///< of the configuration file: "logLevel"
  std::string before, now;  ///< values as written in the settings; for secrets, the name of their file or variable
  bool is_hot = true;       ///< takes effect without a restart
};

struct ReloadResult {
  std::string refusal;                ///< why nothing was changed, one sentence; empty on success
  std::vector<ReloadChange> changes;  ///< in the order of the settings
  /// Secrets whose files have new content: "tokenKeys", "apiKeys", "hooksSecret", "otlpHeaders".
  std::vector<std::string> contents;
  bool is_applied = false;
  bool is_busy = false;  ///< with `refusal`: another reload is running; retry later
};

/// Reads the settings again and applies them, unless it is a dry run. Calls `done` once, on any thread.
using ReloadSource = std::function<void(bool is_dry_run, std::function<void(ReloadResult)> done)>;

}  // namespace dialogue
