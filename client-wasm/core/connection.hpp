// When to open a socket, when to consider one dead, and when to reconnect. Independent of rooms and frames: facts are passed
// in, and a Step is returned. Time is an argument in milliseconds that never decreases. Not thread-safe.
#pragma once
#include <cstdint>
#include <limits>

#include "client-wasm/core/random.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::client {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint64_t kConnectTimeoutMs = 20'000;    ///< open asked for -> WELCOME; covers fetching a token
inline constexpr std::uint64_t kFirstRetryMaxMs = 1'000;      ///< without a BYE: spreads clients over time
inline constexpr std::uint64_t kStableConnectionMs = 60'000;  ///< a connection that stood this long ends the backoff
inline constexpr std::uint16_t kMovedCloseCode = 4100;        ///< a move: the server has answered on another socket
inline constexpr std::uint64_t kWakeGapMs = 5'000;            ///< a timer this late means that the page was frozen
inline constexpr std::uint64_t kWakeReplyMs = 750;            ///< after a wake the server owes a sign of life by then
inline constexpr std::uint64_t kRetryAfterMaxMs = 600'000;    ///< a server cannot send us away for longer
inline constexpr std::uint64_t kPingIntervalMaxMs = 600'000;  ///< nor make us wait longer for a sign of life

class Connection {
 public:
  enum class Phase : std::uint8_t { idle, waiting, opening, greeting, online, closed };
  /// What the caller must do now. After `drop` the phase is waiting or closed.
  enum class Step : std::uint8_t { nothing, open, drop, probe };

  constexpr Connection() = default;
  explicit Connection(std::uint64_t number) { seed(number); }
  void seed(std::uint64_t number) { random_ = Random(number); }

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] bool was_online() const { return was_online_; }
  /// The time at which tick() has something to decide; kNever when there is nothing to wait for.
  [[nodiscard]] std::uint64_t deadline() const;

  /// First use, or the first after pause(): opens. Nothing afterwards.
  [[nodiscard]] Step start(std::uint64_t now);
  void opened() {
    if (phase_ == Phase::opening) phase_ = Phase::greeting;
  }
  void welcomed(std::uint64_t ping_ms, std::uint64_t now);
  /// Any sign of life from the server.
  void heard(std::uint64_t now);
  /// BYE announced why the connection will end, and when to reconnect. The close that follows it is due in kClosingTimeoutMs.
  void said_bye(std::uint64_t code, std::uint64_t retry_after_ms, std::uint64_t now);
  /// The code of the last BYE of this connection; 0 without one.
  [[nodiscard]] std::uint64_t bye_code() const { return bye_code_; }
  /// Handles the loss of the socket: waits and reconnects; or closes, if the close code or BYE's code is final.
  void lost(std::uint16_t close_code, std::uint64_t now);
  /// The client has found the connection unusable: drops it and reconnects later, never immediately.
  [[nodiscard]] Step broken(std::uint64_t now);
  [[nodiscard]] Step tick(std::uint64_t now);
  /// The page woke up or the network returned: reconnects immediately, unless the server has assigned a time, or pings the
  /// server.
  [[nodiscard]] Step wake(std::uint64_t now);
  /// No connection until start() is called again.
  [[nodiscard]] Step pause();
  void close() { phase_ = Phase::closed; }

 private:
  [[nodiscard]] std::uint64_t silence_deadline() const;
  void come_back(std::uint64_t now);

  Random random_;
  Phase phase_ = Phase::idle;
  bool was_online_ = false;
  std::uint32_t attempt_ = 0;   ///< 0: the next attempt is the first in a row
  std::uint64_t due_ = kNever;  ///< waiting: when to open; until WELCOME: when the attempt times out
  std::uint64_t heard_ = 0, welcomed_ = 0, ping_ms_ = kPingIntervalMs;
  std::uint64_t probe_due_ = kNever;  ///< an answer to our probe, or the close after BYE, is owed until then
  std::uint64_t bye_code_ = 0, retry_after_ms_ = 0;
  std::uint64_t not_before_ = 0;  ///< as the server has asked: no attempt is made sooner, whatever wakes us
};

}  // namespace dialogue::client
