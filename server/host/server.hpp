// The server: shards on threads, listening sockets, HTTP and the transports. It executes the decisions of the shards.
//
//   Server server(std::move(config));
//   if (auto fault = server.start()) die(*fault);
//   ... server.port() ...
//   server.stop();                       // sends BYE to every client, then joins the threads
//
// start, stop and the destructor belong to one thread; port, ask, adopt and the counters may be called from any while it runs.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/calls/call_done.hpp"
#include "server/host/server_config.hpp"
#include "server/metrics/reading.hpp"

namespace dialogue::host {

/// How clients were disconnected.
struct DrainOutcome {
  std::size_t sockets = 0;                  ///< that were open when the drain began
  std::size_t cut = 0;                      ///< of those, which were still open at the deadline
  std::uint64_t pause_ms = 0;               ///< from the drain's begin to the first slot
  std::uint64_t spread_ms = 0;              ///< from the first slot to the last
  std::uint64_t begun_ms = 0, took_ms = 0;  ///< unix time, without the delay before the drain; and how long it took
};

class Server {
 public:
  explicit Server(ServerConfig config);
  ~Server();  ///< stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Reads the static files, listens and starts the threads. Returns what went wrong, in words, or nothing. Call once.
  [[nodiscard]] std::optional<std::string> start();
  /// The member of Config that a fault of start() or fault() is about.
  [[nodiscard]] std::string_view faulty_member() const;
  /// What start() would report, of the settings alone. Call it instead of start(), once.
  [[nodiscard]] std::optional<std::string> fault();
  /// Applies the origins and the limits of connections, addresses and memory. No client is disconnected. Any
  /// thread, after start().
  void adjust(const ServerConfig& with);
  /// Serves for another drain_delay_ms while /ready answers 503; not where the server has given up. Then stops accepting, drains
  /// every shard (BYE draining, Close 1012), waits for the clients to go, and ends the threads within drain_timeout_ms.
  DrainOutcome stop();

  [[nodiscard]] std::uint16_t port() const;          ///< the port that is listened on, after start()
  [[nodiscard]] std::uint16_t metrics_port() const;  ///< of metrics_listen; 0 without
  [[nodiscard]] std::uint16_t admin_port() const;    ///< of admin_listen; 0 without
  [[nodiscard]] std::uint16_t tcp_port() const;      ///< of tcp_listen; 0 without
  [[nodiscard]] std::uint32_t shard_count() const;
  [[nodiscard]] std::size_t connection_count() const;  ///< open sockets of any kind, now
  /// Reads what was counted. `done` is called once, on a shard's thread; not at all where the server does not run, or ends.
  void read_metrics(std::function<void(metrics::Reading)> done) const;
  /// Whether the caller is one of the shards' threads, for which stop() and recording() wait.
  [[nodiscard]] bool owns_this_thread() const;

  /// The flight recorder's text, as server/replay/replay.hpp reads it; empty without one. After start(), also after stop(); from
  /// any thread but a shard's own, for whose turn it waits.
  [[nodiscard]] std::string recording() const;

  /// Calls one shard (index < shard_count(); see shard_of). Batched; calls of one thread to one shard keep their order. `done`
  /// is called once, on any thread: with the result, with store_unavailable after kCallTimeoutMs, or immediately with
  /// rate_limited if kPendingCallsMax calls are pending. Before start() and after stop(), and when the server stops, it is
  /// dropped uncalled.
  void ask(std::uint32_t shard, core::ApplicationCall asked, calls::CallDone done);

  /// The same, without ServerConfig::forward: for what another node asks.
  void ask_alone(std::uint32_t shard, core::ApplicationCall asked, calls::CallDone done);

  /// Posts to one shard what needs no answer. Any thread, from start() until this ends; dropped once the shards have ended.
  void post(std::uint32_t shard, core::ShardMessage message);

  /// Takes over a connected socket whose peer asked for an upgrade to a WebSocket. `head` is the request as HTTP text, with the
  /// empty line at its end; `rest` are bytes that were read after it. The descriptor belongs to the server from here on, whatever
  /// happens. adopt() in server/host/adopt.hpp takes a Beast socket and request.
  void adopt(int descriptor, std::string head, std::string rest = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dialogue::host
