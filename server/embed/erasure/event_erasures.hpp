// Erases single events: in the stores, durably; then their room's members are notified; then the files are searched. In order, on
// a thread of its own; erasures that wait together are searched for together. docs/decisions/337-erasing-single-events.md
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/api/privacy/event_erasure.hpp"
#include "server/embed/capability.hpp"
#include "server/embed/task_thread.hpp"
#include "server/store/erasure/user_erasure.hpp"

namespace dialogue {

inline constexpr std::size_t kEventErasuresWaitingMax = 64;

class EventErasures final : public Capability {
 public:
  /// What it uses of its instance. Blocking; called on its thread.
  struct Settings {
    std::function<std::vector<std::shared_ptr<store::Store>>()> stores;  ///< any of them may have the room's log
    std::shared_ptr<store::Store> durable;                               ///< the one with files; null: none
    /// Opens the room; returns why that is impossible, or ok.
    std::function<core::Error(const std::string& room)> look_at;
    store::UserErasure::Notify notify;
    bool is_recording = false;
  };
  explicit EventErasures(Settings settings) : settings_(std::move(settings)) {}

  /// Safe from any thread. Calls `done` once, on the thread of the erasures; at once if the erasure is refused.
  void erase(api::EventErasure what, std::function<void(api::EventErasureReport)> done);

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server&) override { open(); }
  void stop() override;
  /// From here on it erases.
  void open();

 private:
  struct Request {
    api::EventErasure what;
    std::function<void(api::EventErasureReport)> done;
    api::EventErasureReport report{};
  };
  /// Everything that waits.
  void work();
  void erase_in_stores(Request& request, store::UserErasure& erasure);

  const Settings settings_;
  std::mutex mutex_;
  std::vector<Request> waiting_;
  bool is_open_ = false;
  std::atomic<bool> is_stopping_{false};
  std::optional<TaskThread> thread_;  ///< begins with the first request
};

}  // namespace dialogue
