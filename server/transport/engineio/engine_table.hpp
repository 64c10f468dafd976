// The Engine.IO sessions of one loop, by id, and their times; and the tables of all loops. A table is used by its loop's thread,
// EngineTables::of() by any loop's.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "server/net/byte_stream.hpp"
#include "server/net/expirable.hpp"
#include "server/net/socket.hpp"
#include "server/transport/engineio/engine_call.hpp"
#include "server/transport/engineio/engine_client.hpp"
#include "server/transport/engineio/engine_limits.hpp"
#include "server/transport/websocket/websocket_limits.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class EngineSession;

/// What an endpoint's sessions have in common; outlives them.
struct EngineSettings {
  EngineLimits limits;
  WebSocketLimits websocket;  ///< that follow from them
  MakeEngineClient make;
};

/// A WebSocket of a session, which is there or is to begin.
struct EngineArrival {
  net::ByteStream stream;
  net::AdmissionGuard admission;
  std::string answer, received;  ///< to the handshake; what came behind it
  std::string sid, page;         ///< sid empty: it begins a session
  core::PeerFacts peer;
};

class EngineTable : public net::Expirable {
 public:
  EngineTable(loop::ShardLoop& loop, const EngineSettings& settings);
  ~EngineTable() override;

  /// A request for one of its sessions, or for a new one.
  void serve(EngineCall& call);
  void cancel_poll(std::string_view sid, const std::shared_ptr<const char>& token);
  /// A POST for the session was refused, since it is too large.
  void body_too_large(std::string_view sid, std::string_view page);
  void take(EngineArrival arrival);

  /// A session has ended. Gives it back, which may be in use.
  [[nodiscard]] std::shared_ptr<EngineSession> remove(EngineSession& session);
  /// Calls its on_time() when it asks for that.
  void schedule(EngineSession& session);

  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

  [[nodiscard]] bool sweep(std::uint64_t) override { return true; }
  void drain() override;
  void abandon() override;

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                                  net::Executor>;

  [[nodiscard]] std::shared_ptr<EngineSession> find(std::string_view sid, std::string_view page) const;
  void unschedule(EngineSession& session);
  void wait();
  void on_timer();

  loop::ShardLoop& loop_;
  const EngineSettings& settings_;
  std::map<std::string, std::shared_ptr<EngineSession>, std::less<>> sessions_;  ///< at most sessions_max
  std::set<std::pair<std::uint64_t, EngineSession*>> times_;                     ///< one for each session at most
  std::optional<Timer> timer_;
  std::uint64_t timer_ms_ = 0;  ///< when it fires; 0: it does not
};

class EngineTables {
 public:
  explicit EngineTables(const EngineSettings& settings) : settings_(settings) {}
  /// As long as this lives. Made by the first call, on the loop's own thread.
  [[nodiscard]] EngineTable& of(loop::ShardLoop& loop);

 private:
  const EngineSettings& settings_;
  std::mutex mutex_;
  std::map<const loop::ShardLoop*, std::unique_ptr<EngineTable>> tables_;  ///< as many as the server has loops
};

}  // namespace dialogue::transport
