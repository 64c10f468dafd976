// SIGHUP: the settings are read again, and what may change while the server runs takes effect, all of it or nothing. Each change
// is a line in the log, without secrets; what needs a restart is said too. Used by one thread.
#pragma once
#include <atomic>
#include <dialogue/config.hpp>
#include <functional>
#include <memory>

#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"

namespace dialogue {
class Instance;
}

namespace dialogue::app {

class Reload {
 public:
  /// `now` and `config` are what the server was started with; `read` gives the settings as they are now, or throws SetupError.
  /// `least` is the level of the log.
  Reload(ServeSettings now, const Config& config, std::function<ServeSettings()> read, Environment environment,
         std::shared_ptr<std::atomic<LogLevel>> least);

  void operator()(Instance& instance);

 private:
  /// What was read from files, to see whether it changed.
  struct Contents {
    KeySet keys;
    std::vector<std::string> api_keys;
    std::string hooks_secret;
  };

  void take_over(Instance& instance, const ServeSettings& next);
  /// Returns how many changes there were.
  [[nodiscard]] std::size_t report(const ServeSettings& next, const Contents& read) const;

  ServeSettings settings_;
  Contents contents_;
  const std::function<ServeSettings()> read_;
  const Environment environment_;
  const std::function<void(const LogLine&)> log_;
  const std::shared_ptr<std::atomic<LogLevel>> least_;
};

/// Whether SIGHUP makes a change of this setting take effect; else it needs a restart.
[[nodiscard]] bool reloads(std::string_view setting_name);

}  // namespace dialogue::app
