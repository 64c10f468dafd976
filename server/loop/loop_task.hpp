// Requests of other threads to a loop, as values, and the way to it that may outlive the loop.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/loop/accepted_socket.hpp"
#include "server/net/address_limits.hpp"
#include "server/transport/handoff.hpp"

namespace dialogue::loop {

/// Who a connection is.
struct Identified {
  core::ConnectionId connection;
  std::uint64_t ticket;
  net::AddressLimits::Account account;  ///< whose credentials these are
  bool has_token;
  core::AuthResult result;
};

/// The application's answer to a question.
struct HookAnswered {
  core::ConnectionId connection;
  std::uint64_t ticket;
  core::HookVerdict verdict;
  core::HookVerb verb;     ///< of the question
  std::uint64_t asked_ns;  ///< when, by metrics::now_ns()
};

/// A reply of the handler of a call or stream.
struct ExchangeAnswered {
  core::ConnectionId connection;
  std::uint64_t ticket;
  core::ExchangeReply reply;
};

using LoopTask = std::variant<core::ShardMessage, AcceptedSocket, std::unique_ptr<transport::Handoff>, core::StoreResponse,
                              Identified, HookAnswered, ExchangeAnswered, std::function<void()>>;

/// Passes answers from other threads to a loop, or drops them once the loop is gone. Safe from any thread.
class TaskInbox {
 public:
  using Post = std::function<void(LoopTask)>;

  explicit TaskInbox(Post post) : post_(std::move(post)) {}
  void post(LoopTask task) {
    const std::lock_guard lock(mutex_);
    if (post_) post_(std::move(task));
  }
  /// Drops all later tasks.
  void close() {
    const std::lock_guard lock(mutex_);
    post_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Post post_;
};

}  // namespace dialogue::loop
