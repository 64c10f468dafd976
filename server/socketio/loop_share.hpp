// One loop's share of all namespaces: the calls that wait for its thread, in their order, and their sockets. push() and
// has_place() are for any thread, under the Hub's order; the rest is for the loop's thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "server/loop/shard_loop.hpp"
#include "server/socketio/members.hpp"
#include "server/transport/engineio/engine_session.hpp"

namespace dialogue::socketio {

struct NamespaceState;

class LoopShare : public std::enable_shared_from_this<LoopShare> {
 public:
  using Call = std::function<void(LoopShare&)>;

  /// On the loop's own thread.
  explicit LoopShare(loop::ShardLoop& loop);

  [[nodiscard]] bool has_place(std::size_t bytes) const;
  void push(Call call, std::size_t bytes);
  /// Drops what waits, and what will come.
  void end();
  /// Makes `task` in a turn of its own, or drops it where the loop has ended.
  void post(std::function<void()> task) const { post_(std::move(task)); }
  [[nodiscard]] bool is_this_thread() const;

  /// Makes the calls that wait. Nothing of the application's runs within it.
  void drain();
  [[nodiscard]] bool is_draining() const { return is_draining_; }
  [[nodiscard]] loop::ShardLoop& loop() { return loop_; }
  [[nodiscard]] Members& members_of(const NamespaceState& its) { return members_[&its]; }
  /// What was sent on this session leaves soon. `mark` is the socket's own, 0 at first.
  void flush_later(transport::EngineSession& session, std::uint64_t& mark);

 private:
  struct Waiting {
    Call call;
    std::size_t bytes;
  };

  void flush();

  loop::ShardLoop& loop_;
  const std::function<void(loop::LoopTask)> post_;
  std::map<const NamespaceState*, Members> members_;  ///< at most kNamespacesMax
  bool is_draining_ = false;
  std::vector<std::shared_ptr<transport::EngineSession>> unflushed_;  ///< each socket's once
  std::uint64_t flush_round_ = 1;

  mutable std::mutex mutex_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;  ///< at most kWaitingBytesMax, and one call
  bool has_ended_ = false;
};

}  // namespace dialogue::socketio
