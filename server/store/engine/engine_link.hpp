// A connection to a database server that is reopened after a loss: immediately after the first one, then after pauses that grow
// to kReconnectPauseMax. During a pause callers get the fault of the last attempt. Used by one thread. `Connection` has
// is_lost(); `Error` is what an attempt throws.
//
//   EngineLink<PostgresConnection, PostgresError> link([&] { return connect_to_store(address); });
//   link.connection().run(...);                        // throws PostgresError
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace dialogue::store {

inline constexpr std::chrono::milliseconds kReconnectPauseMin{50}, kReconnectPauseMax{2'000};

template <typename Connection, typename Error>
class EngineLink {
 public:
  using Connect = std::function<std::unique_ptr<Connection>()>;
  explicit EngineLink(Connect connect) : connect_(std::move(connect)) {}

  [[nodiscard]] Connection& connection() {
    if (connection_ && !connection_->is_lost()) return *connection_;
    connection_.reset();
    if (fault_ && std::chrono::steady_clock::now() < due_) throw Error(*fault_);
    try {
      connection_ = connect_();
      ++made_;
      fault_.reset();
      pause_ = {};
    } catch (const Error& error) {
      pause_ = std::clamp(2 * pause_, kReconnectPauseMin, kReconnectPauseMax);
      due_ = std::chrono::steady_clock::now() + pause_;
      fault_.emplace(error);
      throw;
    }
    return *connection_;
  }
  /// How many connections were made: another number says that this one is new.
  [[nodiscard]] std::uint64_t made() const { return made_; }
  /// When the next attempt is due; in the past: now.
  [[nodiscard]] std::chrono::steady_clock::time_point due() const { return due_; }
  void drop() { connection_.reset(); }

 private:
  Connect connect_;
  std::unique_ptr<Connection> connection_;
  std::optional<Error> fault_;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point due_{};
  std::uint64_t made_ = 0;
};

}  // namespace dialogue::store
