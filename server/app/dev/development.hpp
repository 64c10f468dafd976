// The additions of `dialogue dev` to serving: pages of this machine may connect and contain scripts, files are read for each
// request, the dashboard is served, the address is printed, with a QR code if a phone can reach it, and the server restarts
// when the definitions' file changes. Used by main's thread, except for the notifications of the watch.
#pragma once
#include <atomic>
#include <dialogue/config.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/app/dev/definitions_watch.hpp"
#include "server/app/process/file_changes.hpp"
#include "server/app/settings/settings.hpp"

namespace dialogue {
class Instance;
}

namespace dialogue::app {

class Development {
 public:
  /// Before an instance is made. Pages of this machine may connect only where no other machine reaches the address.
  static void prepare(const Settings& settings, Config& config);

  /// Before the definitions are read: what changes from now on is noticed.
  void reading(const Settings& settings) { changes_.emplace(settings.program.app); }

  /// Clients can connect. `log` has a line with the addresses; the code goes to standard output where lines are for people.
  /// The definitions are watched: `restart` is called on another thread when they have changed since reading().
  void listening(const Instance& instance, const Settings& settings, std::function<void(const LogLine&)> log,
                 std::function<void()> restart);

  /// The instance has ended. True: the definitions have changed, so that another one is to be made, at listen().
  [[nodiscard]] bool is_to_restart();

  /// Where the instance listened; empty before the first.
  [[nodiscard]] const std::string& listen() const { return listen_; }

 private:
  std::string listen_;
  std::atomic<bool> is_changed_ = false;
  std::optional<FileChanges> changes_;
  std::unique_ptr<DefinitionsWatch> watch_;
};

}  // namespace dialogue::app
