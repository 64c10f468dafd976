// The inside of a PushService: everything but start and stop happens on its thread.
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/push/dispatcher.hpp"
#include "server/push/push_context.hpp"
#include "server/push/push_service.hpp"
#include "server/store/kept/kept_writer.hpp"

namespace dialogue::push {

struct PushService::State {
  State(PushSetup setup, const store::KeptList& devices, const store::KeptList& jobs);

  struct Delayed {
    std::size_t slot = 0;
    std::string job_id;
  };

  template <typename T>
  using Done = std::function<void(T)>;

  /// Runs it on the thread. False: that has ended, or is about to.
  bool post(std::function<void()> task);
  void begin();
  /// Stops sending; the thread ends once nothing is under way any more.
  void end();
  void end_if_idle();

  // push_devices.cpp
  void put_device(api::DeviceRegistration what, const Done<api::RegisteredDevice>& done);
  [[nodiscard]] std::vector<api::OwnDevice> devices_of(const std::string& user_id) const;
  void remove_device(const std::string& user_id, const std::string& id, const std::function<void(core::Error, bool)>& done);
  void drop_device(const std::string& id);
  void erase(const std::string& user_id, const Done<bool>& done);
  void forget(const std::vector<std::string>& devices, const std::vector<std::size_t>& slots);
  void take_devices(const store::KeptList& list);
  void count_devices() const { context.set(metrics::Metric::push_devices, context.devices.size()); }

  // push_notifications.cpp
  void notify(api::Notification what, const Done<api::NotifyAnswer>& done);
  void accept(Job job, const std::string& key, const std::string& content, const Done<api::NotifyAnswer>& done);
  /// Puts a newer text into a notification of its collapse key that is not due yet. Nothing: there is none.
  [[nodiscard]] std::optional<api::NotifyAnswer> merged(const api::Notification& what);
  void answer_used(const std::string& key, const std::string& content, const Done<api::NotifyAnswer>& done);
  void send_all(std::size_t slot);
  void ended(const Delivery& delivery, metrics::PushOutcome outcome);
  void save(std::size_t slot, const std::string& job_id);
  void finish(std::size_t slot, const std::string& job_id);
  void take_jobs(const store::KeptList& list);
  void claim_abandoned();
  void count_waiting() const { context.set(metrics::Metric::push_waiting, context.slots.waiting()); }

  /// Called every kTickMs: removes expired devices and keys, and takes over what other nodes have abandoned.
  void tick();
  void note_store_fault(core::StoreStatus status);
  void note_rule_fault(const std::string& user_id, std::string_view code);
  /// Whether this is a notification that is not due yet.
  [[nodiscard]] bool is_delayed(const Delayed& place);

  /// A key under way has its answers here.
  struct Pending {
    std::string content;
    std::vector<Done<api::NotifyAnswer>> waiting{};
  };

  PushContext context;  // its loop goes last, with all that is left on it
  const std::shared_ptr<store::Store> store;
  store::KeptWriter writer;
  Dispatcher dispatcher;
  boost::asio::steady_timer ticks, deadline;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::map<std::string, UsedKey> used_keys;  ///< by the hash of caller and key
  std::map<std::string, Pending> pending_keys;
  std::map<std::pair<std::string, std::string>, Delayed> delayed;  ///< by user and topic: what may still be merged into
  std::mutex mutex;
  std::atomic<std::size_t> rules_waiting{0};  ///< notifications of rules that were posted
  std::atomic<std::uint64_t> rules_lost{0};   ///< that were too many, since the last line about them
  bool is_closed = false;                     ///< under the mutex: nothing is posted any more
  bool is_ending = false;
  std::once_flag stopping;
  std::thread thread;
  std::weak_ptr<State> self;
};

/// The error of a write that the store did not do.
[[nodiscard]] core::Error fault_of(core::StoreStatus status);
/// 32 characters of base64url: a hash.
[[nodiscard]] std::string short_hash(std::string_view text);

}  // namespace dialogue::push
