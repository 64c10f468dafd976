// Keeps the receipts of two drains: that of the previous server, which it completes as sessions reconnect, and that of this
// one, which it writes when the server has ended. Safe from any thread.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "server/core/effects/drain_watch.hpp"
#include "server/core/messages/actions.hpp"
#include "server/embed/drain/drain_receipt.hpp"
#include "server/host/server.hpp"

namespace dialogue {

class DrainTracker final : public core::DrainWatch {
 public:
  /// Reads the receipt of the server before from the file, if there is one. `log` gets the lines `drain_receipt` and
  /// `drain_completed`. An empty path: receipts are logged, and not kept.
  DrainTracker(std::string path, std::function<void(const core::LogLine&)> log);
  DrainTracker(const DrainTracker&) = delete;
  DrainTracker& operator=(const DrainTracker&) = delete;
  ~DrainTracker() override;

  void notified(std::string_view secret, core::Time now) override;
  [[nodiscard]] bool returned(std::string_view secret, core::Time now) override;
  void joined(bool misses_events) override;
  void repeated() override;

  /// The server serves: sessions that have not reconnected within a while after the last slot are not waited for. Once.
  void begin();
  /// The server has ended so: writes down its receipt.
  void end(const host::DrainOutcome& outcome);
  /// The newest receipt as JSON; empty: there was no drain.
  [[nodiscard]] std::string receipt() const;

 private:
  void wait_for_return();
  void keep(const std::string& text) const;

  const std::string path_;
  const std::function<void(const core::LogLine&)> log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  DrainReceipt before_;       ///< of the server before
  DrainedSessions expected_;  ///< that have not reconnected to this one
  DrainReceipt own_;
  DrainedSessions left_;
  std::atomic<bool> expects_{false};  ///< before_ is not complete: no lock is needed to see that it is
  bool is_ending_ = false;
  std::thread waiter_;
};

}  // namespace dialogue
