// Calls of clients that the backend handles: one request for each. Used by the hooks' thread, but for BackendCall.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/core/messages/exchange_messages.hpp"
#include "server/webhooks/hook_context.hpp"

namespace dialogue::webhooks {

inline constexpr std::size_t kBackendCallsMax = 1'000;      ///< that wait for a connection
inline constexpr std::size_t kBackendCallConnections = 16;  ///< calls at the same time
/// A request waits this much longer than its call, so that the call's own deadline ends it: with call_timeout.
inline constexpr std::uint64_t kBackendCallGraceMs = 1'000;

/// One call. A backend is not notified when it is over for the caller.
class BackendCall final : public core::ExchangeHandler {
 public:
  BackendCall(core::ExchangeQuestion its_question, core::ExchangeReplies its_reply)
      : question(std::move(its_question)), reply(std::move(its_reply)) {}
  void take(core::ExchangeNews&& news) override {
    if (std::holds_alternative<core::ExchangeEnded>(news)) is_over = true;
  }

  const core::ExchangeQuestion question;
  const core::ExchangeReplies reply;
  std::atomic<bool> is_over{false};
};

class CallBackend {
 public:
  /// `context` must outlive this object.
  explicit CallBackend(HookContext& context);

  /// Queues a call; refuses it with `rate_limited` if too many wait.
  void add(std::shared_ptr<BackendCall> call);
  /// Refuses all waiting calls with `handler_unavailable`.
  void refuse_all();

 private:
  [[nodiscard]] boost::asio::awaitable<void> serve(std::unique_ptr<http_client::HttpConnection> connection);
  [[nodiscard]] boost::asio::awaitable<http_client::HttpOutcome> ask(http_client::HttpConnection& connection,
                                                                     const BackendCall& call);
  [[nodiscard]] core::ExchangeResult result_of(const BackendCall& call, const http_client::HttpOutcome& outcome);
  [[nodiscard]] core::ExchangeResult unavailable(const BackendCall& call, const std::string& why);

  HookContext& context_;
  std::deque<std::shared_ptr<BackendCall>> waiting_;
  std::vector<std::unique_ptr<http_client::HttpConnection>> idle_;
  std::size_t busy_ = 0;
};

}  // namespace dialogue::webhooks
