// The listeners to events on the server: Instance::on adds them and the shards call them. Safe from any thread. notify() works
// on a snapshot, so that a handler may add and stop listeners itself.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/messages/hooks.hpp"

namespace dialogue {

class EventListeners {
 public:
  using Handler = std::function<void(const core::Publication&)>;
  /// Called when a handler throws.
  using ErrorReport = std::function<void(const core::Publication&, const char* what)>;

  /// `room`: an id, a pattern, or "*"; `event`: a name or "*". Returns the number to remove it by.
  std::uint64_t add(std::string room, std::string event, Handler handler);
  void remove(std::uint64_t number);
  void notify(const core::Publication& publication, const ErrorReport& report) const;

 private:
  struct Entry {
    std::uint64_t number;
    std::string room, event;
    Handler handler;
  };
  using Entries = std::vector<Entry>;

  [[nodiscard]] std::shared_ptr<const Entries> snapshot() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Entries> entries_ = std::make_shared<Entries>();
  std::atomic<bool> empty_ = true;  ///< avoids the lock on servers without listeners
  std::uint64_t last_number_ = 0;
};

}  // namespace dialogue
