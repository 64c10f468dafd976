// Hooks by HTTP: questions and notices are sent to an application's backend in any language. One separate thread with a few
// connections that are kept open; callers do not wait. docs/guides/hooks.md describes the interface for backends.
//
//   Webhooks webhooks(settings, log);               // settings without fault: fault_of(settings)
//   webhooks.source()(std::move(question), done);   // any thread
//   webhooks.tell(std::move(notice));
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "server/core/messages/hook_question.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/trace/tracer.hpp"
#include "server/webhooks/webhook_settings.hpp"

namespace dialogue::webhooks {

class Webhooks {
 public:
  /// `log` is called on this thread and on the callers', and must be thread-safe. `metrics`: reports whether it is suspended;
  /// null: does not. `tracer`: traces each request; null: none.
  Webhooks(WebhookSettings settings, std::function<void(const core::LogLine&)> log,
           std::shared_ptr<metrics::SharedCells> metrics = {}, std::shared_ptr<const trace::Tracer> tracer = {});
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;
  ~Webhooks() { stop(); }

  /// Questions for connect, join and publish. Those that are not for the backend are allowed immediately. Answers come on the
  /// caller's thread or on the hooks' own. It may outlive this; then everything is `hook_unavailable`.
  [[nodiscard]] core::HookSource source() const;
  /// Notices of leave and disconnect, in the order of the calls. Any thread.
  void tell(core::HookQuestion notice) const;
  /// Handles calls of clients. It may outlive this; then they are `handler_unavailable`.
  [[nodiscard]] core::ExchangeSource calls() const;
  /// Signs requests with another secret from here on: one without fault.
  void sign_with(std::string secret) const;
  /// Answers waiting questions with `hook_unavailable`, sends waiting notices if the backend accepts them within one time-out
  /// and 2 s, and ends the thread. Not from within an answer. A name server that does not answer may hold it for a while.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dialogue::webhooks
