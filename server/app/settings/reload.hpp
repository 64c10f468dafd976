// SIGHUP: reads the settings again, and applies those that may change while the server runs, all of them or none. Each change
// is a line in the log, without secrets; changes that need a restart are logged as well. Used by one thread at a time.
#pragma once
#include <atomic>
#include <dialogue/config.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
  Reload(Settings now, const Config& config, std::function<Settings()> read, Environment environment,
         std::shared_ptr<std::atomic<LogLevel>> least);

  /// A refusal is logged, too. A dry run changes and logs nothing.
  [[nodiscard]] ReloadResult run(Instance& instance, bool is_dry_run);

 private:
  /// What a reload would put in force.
  struct Next {
    Settings given, applied;  ///< applied: what needs a restart stays as it was started
    Config config;
  };

  [[nodiscard]] Next read_next() const;
  [[nodiscard]] ReloadResult compare(const Next& next) const;
  void take_over(Instance& instance, Next next);
  void report(const ReloadResult& result, const Config& now) const;

  Settings settings_;
  Config in_force_;  ///< the hot settings, and the secrets that were read
  const std::function<Settings()> read_;
  const Environment environment_;
  const std::function<void(const LogLine&)> log_;
  const std::shared_ptr<metrics::SharedCells> metrics_;
  const std::shared_ptr<std::atomic<LogLevel>> least_;
};

}  // namespace dialogue::app
