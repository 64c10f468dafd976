// What a reload of the settings changes, as POST /api/v1/reload answers it. A plain value.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace dialogue {

struct ReloadChange {
  std::string key;          ///< of the configuration file: "logLevel"
  std::string before, now;  ///< as people write the values; never secrets, but the names of files and variables that hold them
  bool is_hot = true;       ///< it takes effect; else the server must be started again for it
};

struct ReloadResult {
  std::string refusal;                ///< why nothing was changed, in words; empty: nothing is wrong
  std::vector<ReloadChange> changes;  ///< in the order of the settings
  /// Of what files say other than before: "tokenKeys", "apiKeys", "hooksSecret", "otlpHeaders".
  std::vector<std::string> contents;
  bool is_applied = false;
  bool is_busy = false;  ///< with `refusal`: the settings are being read for another caller, and trying again can succeed
};

/// Reads the settings again, and puts them in force unless it is a dry run. `done` is called once, on any thread.
using ReloadSource = std::function<void(bool is_dry_run, std::function<void(ReloadResult)> done)>;

}  // namespace dialogue
