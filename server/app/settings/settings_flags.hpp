// The table of settings as flags of a subcommand.
// Keep it as long as the command line that it added to. Used by one thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "server/app/settings/settings_sources.hpp"

namespace CLI {
class App;
}

namespace dialogue::app {

struct ReadSettings {
  Settings settings;
  std::map<std::string, std::string, std::less<>> places;  ///< where each setting's value comes from; absent: the default
  std::vector<std::string> warnings;                       ///< sentences for people
};

class SettingFlags {
 public:
  /// Adds a flag for each setting to `command`, its help naming the other sources, and the definition file as an argument unless
  /// definitions are compiled in.
  SettingFlags(CLI::App& command, bool definitions_compiled_in);
  SettingFlags(const SettingFlags&) = delete;
  SettingFlags& operator=(const SettingFlags&) = delete;

  /// The settings in force, once the command line was parsed: its own, the environment's, those of the --config file, which is
  /// read each time. `variables`: process_variables(). Throws SetupError.
  [[nodiscard]] ReadSettings settings(const Environment& environment, const std::vector<std::string>& variables) const;

 private:
  [[nodiscard]] RawSettings given() const;

  std::string config_path_;
  std::map<std::string, std::vector<std::string>> values_;  ///< by the setting's name; the command line writes into it
};

}  // namespace dialogue::app
