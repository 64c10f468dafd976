// One connection to a NATS server, which publishes and subscribes to one subject; it does not receive its own messages. A server
// that is silent is asked, and lost when it stays so. Faults are thrown as NatsError: the connection is lost then. Used by one
// thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/nats/nats_address.hpp"
#include "server/store/nats/nats_parser.hpp"
#include "server/store/redis/connection/redis_socket.hpp"

namespace dialogue::store {

class NatsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::chrono::seconds kNatsAnswerTimeout{5};
inline constexpr std::chrono::seconds kNatsPingPause{5};  ///< a server that is silent for two of them is lost

class NatsConnection {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects, logs in and subscribes. Throws NatsError.
  NatsConnection(const NatsAddress& address, const std::string& subject);

  /// At most NatsParser::kPayloadBytesMax.
  void publish(std::string_view payload);
  /// Returns the messages that have arrived, without waiting.
  [[nodiscard]] std::vector<std::string> take_messages();
  /// Waits for bytes or for `wake`, a descriptor that becomes readable; for at most that time.
  void wait(int wake, std::chrono::milliseconds at_most);
  /// Returns when take_messages() is due, even if no message arrives.
  [[nodiscard]] Clock::time_point due() const { return heard_at_ + (is_asked_ ? 2 * kNatsPingPause : kNatsPingPause); }
  [[nodiscard]] bool is_lost() const { return is_lost_; }

 private:
  /// Calls it; a fault of the socket becomes one of this.
  template <typename Use>
  auto with_socket(const Use& use);
  void write(std::string_view bytes);
  /// The next operation, once there is one.
  [[nodiscard]] NatsOperation await();
  [[nodiscard]] std::string hello(const NatsAddress& address, const std::string& info) const;
  [[noreturn]] void lose(const std::string& why);

  const std::string subject_;
  NatsParser parser_;
  std::unique_ptr<RedisSocket> socket_;
  Clock::time_point heard_at_ = Clock::now();
  bool is_asked_ = false, is_lost_ = false;
};

}  // namespace dialogue::store
