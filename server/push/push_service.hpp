// Notifications to users who are away: devices, the queue, and sending, on one thread of its own. docs/guides/notifications.md
//
//   PushService push(std::move(setup), devices, jobs);   // both lists of the kept state
//   push.start();
//   push.api().notify(std::move(notification), done);    // any thread
//   push.stop();
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/api/notifications/push_api.hpp"
#include "server/core/messages/actions.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/push/push_settings.hpp"
#include "server/push/web/vapid.hpp"
#include "server/store/store.hpp"

namespace dialogue::push {

struct PushSetup {
  PushSettings settings;
  std::vector<VapidKey> keys;  ///< at least one: the first is for new subscriptions
  std::shared_ptr<store::Store> store;
  bool is_shared = false;                           ///< other servers use the store, too
  std::function<void(const core::LogLine&)> log;    ///< called on the thread of notifications
  std::shared_ptr<metrics::SharedCells> metrics{};  ///< null: nothing is counted
  std::function<std::uint64_t()> unix_ms;           ///< for times that are kept
  /// Whether the user has a connection to any node. Called on the thread of notifications; `done` once, on any thread, or dropped
  /// with a server that ends. Not set: no user has.
  std::function<void(const std::string& user_id, std::function<void(bool is_online)> done)> find_online{};
};

class PushService {
 public:
  /// `devices` and `jobs`: all of KeptKind::push_device and KeptKind::push_job.
  PushService(PushSetup setup, const store::KeptList& devices, const store::KeptList& jobs);
  PushService(const PushService&) = delete;
  PushService& operator=(const PushService&) = delete;
  ~PushService() { stop(); }

  /// Begins to send.
  void start();
  /// For the HTTP API, from any thread. It may outlive this: then everything is refused as `draining`.
  [[nodiscard]] api::PushApi api() const;
  /// Sends the notification of a rule in the definitions. Logs one that cannot be queued. Safe from any thread.
  void follow_rule(api::Notification what) const;
  /// Removes the user's devices and notifications from memory and the store. Blocking; not on the thread of notifications. False:
  /// they may still be in the store.
  [[nodiscard]] bool erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) const;
  /// Ends what is under way within a few seconds, and the thread. What waits is kept.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dialogue::push
