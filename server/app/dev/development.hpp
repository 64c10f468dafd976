// What `dialogue dev` does besides serving: pages of this machine may connect, there is the dashboard, its address is printed,
// with a QR code for a phone where one can reach it, and the server begins again when the file of the definitions changes. Used
// by main's thread, except for what is said of the watch.
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
  static void prepare(const ServeSettings& settings, Config& config);

  /// Before the definitions are read: what changes from now on is noticed.
  void reading(const ServeSettings& settings) { changes_.emplace(settings.app); }

  /// Clients can connect. `log` has a line with the addresses; the code goes to standard output where lines are for people.
  /// The definitions are watched: `restart` is called on another thread when they have changed since reading().
  void listening(const Instance& instance, const ServeSettings& settings, std::function<void(const LogLine&)> log,
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
