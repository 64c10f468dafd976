// Carries short messages between servers over a subject of NATS: a thread with a connection, which is reopened after a loss. At
// most once: messages published without a connection are lost, and `everything` notifies each side of the possible loss.
// Messages have a bound together, above which they are `everything` alone. Any thread may call.
//
//   NatsBus bus({address, "*,", received, warn, note});
//   bus.start("dialogue.5f0c");
//   bus.publish("a1b2,");
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/store/engine/engine_link.hpp"
#include "server/store/nats/nats_connection.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

class NatsBus {
 public:
  static constexpr std::size_t kWaitingMax = 1024;  ///< messages that wait to be sent

  struct Settings {
    NatsAddress address;
    std::string everything;  ///< the message that stands for all
    /// Called on the bus's thread with what came from others, and with `everything` after each connection.
    std::function<void(const std::vector<std::string>&)> heard;
    std::function<void(const std::string&)> warn = {};  ///< called when the connection is lost; may be empty
    std::function<void(const std::string&)> note = {};  ///< and when it is there again; may be empty
  };
  explicit NatsBus(Settings settings);
  NatsBus(const NatsBus&) = delete;
  NatsBus& operator=(const NatsBus&) = delete;
  ~NatsBus() { stop(); }

  /// Connects, and subscribes to this subject. Later calls do nothing.
  void start(const std::string& subject);
  /// Publishes at most NatsParser::kPayloadBytesMax. Does not wait.
  void publish(std::string payload);
  /// `heard` is not called any more when it returns.
  void stop();
  [[nodiscard]] BusState state() const;

 private:
  using Link = EngineLink<NatsConnection, NatsError>;

  void run(const std::string& subject);
  void step(Link& link);
  void lost(const NatsError& error);
  void wait(Link& link);
  void wake();

  const Settings settings_;
  const int wake_;                ///< an eventfd
  std::uint64_t known_made_ = 0;  ///< of the thread: Link::made() of the connection that `everything` was sent on
  bool is_warned_ = false;        ///< of the thread
  mutable std::mutex mutex_;
  std::vector<std::string> waiting_;
  BusState state_;
  bool is_stopping_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::store
