// A whole server of one shard in one thread: the shard, what carries out its decisions, and the store of durable rooms, which
// survives a crash. Its clock shows what set_time() last set. The driver calls one function for each event, then takes
// outputs until none are left. Used by one thread.
//
//   PageServer server(std::move(config), seed, time);
//   const PageServer::ConnectionNumber ann = server.open();
//   server.receive(ann, message);
//   while (const PageServer::Output* output = server.next()) ...
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/util/time.hpp"
#include "server/store/memory/memory_store.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::page_server {

/// Counted from 1, over restarts too; 0: none.
using ConnectionNumber = std::uint32_t;

/// As js/src/testing/server_module.ts has them.
enum class OutputKind : std::uint32_t { none, message, ping, close, answer, log, gave_up };

/// A decision that its driver carries out.
struct Output {
  OutputKind kind = OutputKind::none;
  std::uint32_t target = 0;  ///< the connection; of an answer the call
  std::uint32_t code = 0;    ///< of Close; of a log line its level
  core::SharedBytes text;    ///< frames; the reason of Close; the JSON of an answer or of a log line
};

class PageServer {
 public:
  /// The same seed, times and inputs give the same outputs.
  PageServer(std::unique_ptr<core::ShardConfig> config, std::uint64_t seed, core::Time now);
  ~PageServer();

  /// Sets by how many milliseconds the store's later answers are delayed; they stay in order.
  void set_commit_ms(std::uint64_t ms) { commit_ms_ = ms; }
  /// Joins each later connection to this room before its own first JOIN, like an application whose on_connect joins it.
  void join_on_connect(std::string room) { joined_.push_back(std::move(room)); }

  /// Sets the time, unless it is earlier than the current one.
  void set_time(core::Time now);
  [[nodiscard]] core::Time now() const { return now_; }

  /// Opens a connection and returns its number; 0 if the server is down, or has too many.
  [[nodiscard]] ConnectionNumber open();
  /// Passes one text message to the server, which may change it in place.
  void receive(ConnectionNumber from, std::span<char> message);
  /// Reports a fault of a connection's socket: the connection ends with BYE.
  void violate(ConnectionNumber from, ErrorCode reason);
  void pong(ConnectionNumber from);
  /// Reports how many bytes wait for a connection, and for how long it has accepted none.
  void backlog(ConnectionNumber from, std::size_t queued_bytes, std::uint64_t stalled_ms);
  /// Reports that a connection's socket is gone. `in_order`: it was closed in order, and its session ends.
  void close(ConnectionNumber from, bool in_order);
  /// Makes a call of the application, in the form of call_text.hpp. Its answer is an output.
  void call(std::uint32_t number, std::string_view text);
  /// Deadlines; due at due_ms(), earlier is harmless.
  void tick();
  /// When the next deadline is, by the monotonic clock; kNever: not before the next input.
  [[nodiscard]] std::uint64_t due_ms() const { return due_ms_; }

  /// Ends as a killed process does: connections are gone without a close, only what durable rooms had stays.
  void crash();
  /// Starts again with what the store has. Must not be called while it runs.
  void start();
  [[nodiscard]] bool is_up() const { return run_ != nullptr; }

  /// The next output, until the next call; null: there is none.
  [[nodiscard]] const Output* next();

 private:
  class Run;
  /// Applies what an input was, and all that follows from it.
  void end_turn();
  void put(Output output) { outputs_.push_back(std::move(output)); }

  std::unique_ptr<core::ShardConfig> config_;
  std::uint64_t seed_, starts_ = 0, due_ms_ = core::kNever, commit_ms_ = 0;
  std::vector<std::string> joined_;
  core::Time now_;
  store::MemoryStore durable_;
  std::unique_ptr<Run> run_;
  ConnectionNumber last_connection_ = 0;
  std::deque<Output> outputs_;
  Output taken_;
};

}  // namespace dialogue::page_server
