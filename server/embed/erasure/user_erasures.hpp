// Erasures of users, one at a time on a thread of its own: requests for a user whose erasure is under way wait for its report.
// docs/decisions/312-erasure.md
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/host/server_config.hpp"

namespace dialogue {

inline constexpr std::size_t kErasureWaitsMax = 64;  ///< requests for one user; more are refused as rate_limited

class UserErasures {
 public:
  using IsCancelled = std::function<bool()>;
  using Done = std::function<void(api::ErasureReport)>;
  /// Blocking; called on the thread of the erasures.
  struct Steps {
    std::function<api::ErasureReport(const api::ErasureRequest& what, const IsCancelled& is_cancelled)> erase;
    std::function<bool()> has_notices;  ///< of earlier erasures; on the thread of notify()
    std::function<void(const IsCancelled& is_cancelled)> notify;
  };
  explicit UserErasures(Steps steps) : steps_(std::move(steps)) {}
  UserErasures(const UserErasures&) = delete;
  UserErasures& operator=(const UserErasures&) = delete;
  ~UserErasures() { end(); }

  /// Lets the HTTP API erase users. Outlives the server.
  void configure(host::ServerConfig& server_config);
  /// Safe from any thread. Calls `done` once; at once if the erasure is refused.
  void erase(api::ErasureRequest what, Done done);
  /// Publishes notices of earlier erasures, if there are any.
  void notify();
  /// Cancels the erasure under way and waits for its end; refuses later ones.
  void end();

 private:
  /// The mutex is locked.
  void begin(const api::ErasureRequest& what, std::function<api::ErasureReport()> work);
  [[nodiscard]] api::ErasureReport run(const api::ErasureRequest& what) const;
  [[nodiscard]] IsCancelled cancellation() const {
    return [this] { return is_ending_.load(); };
  }

  const Steps steps_;
  std::mutex mutex_;
  api::ErasureRequest current_;  ///< no user: nothing is under way
  api::ErasureRequest next_;     ///< begins once notices of earlier erasures are published
  std::vector<Done> waiting_;    ///< for the report
  std::atomic<bool> is_ending_{false};
  std::thread thread_;
};

}  // namespace dialogue
