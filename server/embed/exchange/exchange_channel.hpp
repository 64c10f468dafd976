// One call or stream between its shard and the application's handler: what the client granted and wrote, and the one result.
// Safe from any thread; callbacks run on the thread that brings the news, without the lock.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <dialogue/calls.hpp>
#include "server/core/messages/exchange_messages.hpp"
#include "shared/base/limits.hpp"

namespace dialogue {

class ExchangeChannel final : public core::ExchangeHandler {
 public:
  using Sent = CallHandle::Sent;

  ExchangeChannel(core::ExchangeQuestion question, core::ExchangeReplies reply)
      : question_(std::move(question)), reply_(std::move(reply)), granted_(question_.granted) {}

  [[nodiscard]] const core::ExchangeQuestion& question() const { return question_; }
  void take(core::ExchangeNews&& news) override;

  /// Ends the exchange; only the first call counts.
  void end(core::ExchangeResult result);
  /// Sends an item; returns `full`, and sends nothing, if the client has granted no more.
  [[nodiscard]] Sent send(std::string json);
  /// Removes and returns the client's oldest item, which allows the client to write more; no value if there is none.
  [[nodiscard]] std::optional<std::string> receive();
  /// Whether the client writes no more, and everything that it wrote was received.
  [[nodiscard]] bool is_read_out() const;
  [[nodiscard]] bool can_send() const;
  /// Returns why the exchange has ended; no value while it runs.
  [[nodiscard]] std::optional<ErrorCode> over() const;
  /// Sets a function that is called after each change: a grant, an item, the client's end of writing, the end; also at once if a
  /// change came already. Calls do not overlap.
  void on_change(std::function<void()> changed);

 private:
  void notify();

  const core::ExchangeQuestion question_;
  mutable std::mutex mutex_;
  core::ExchangeReplies reply_;
  std::function<void()> changed_;
  std::deque<std::string> written_;  ///< at most kStreamWindow
  std::uint64_t granted_, sent_ = 0, received_ = 0, allowed_ = kStreamWindow;
  bool has_finished_ = false;
  std::optional<ErrorCode> over_;
};

}  // namespace dialogue
