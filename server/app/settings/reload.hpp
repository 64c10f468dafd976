// SIGHUP: the settings are read again, and what may change while the server runs takes effect, all of it or nothing. Each change
// is a line in the log, without secrets; what needs a restart is said too. Used by one thread at a time.
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
  Reload(ServeSettings now, const Config& config, std::function<ServeSettings()> read, Environment environment,
         std::shared_ptr<std::atomic<LogLevel>> least);

  /// A refusal is logged, too. A dry run changes and logs nothing.
  [[nodiscard]] ReloadResult run(Instance& instance, bool is_dry_run);

 private:
  /// What was read from files, to see whether it changed.
  struct Contents {
    KeySet keys;
    std::vector<std::string> api_keys;
    std::string hooks_secret;
    std::vector<std::pair<std::string, std::string>> otlp_headers;
  };
  /// What a reload would put in force.
  struct Next {
    ServeSettings given, applied;  ///< applied: what needs a restart stays as it was started
    Config config;
    Contents contents;
  };

  [[nodiscard]] Next read_next() const;
  [[nodiscard]] ReloadResult compare(const Next& next) const;
  void take_over(Instance& instance, Next next);
  void report(const ReloadResult& result, const Contents& read) const;

  ServeSettings settings_;
  Contents contents_;
  const std::function<ServeSettings()> read_;
  const Environment environment_;
  const std::function<void(const LogLine&)> log_;
  const std::shared_ptr<metrics::SharedCells> metrics_;
  const std::shared_ptr<std::atomic<LogLevel>> least_;
};

/// Whether SIGHUP makes a change of this setting take effect; else it needs a restart.
[[nodiscard]] bool reloads(std::string_view setting_name);

}  // namespace dialogue::app
