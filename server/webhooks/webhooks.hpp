// Hooks by HTTP: what an application decides is asked of its backend in any language, and what happened is reported to it. One
// thread of its own with a few connections that are kept open; the asker does not wait. docs/guides/hooks.md is what backends
// see.
//
//   Webhooks webhooks(settings, log);               // settings without fault: fault_of(settings)
//   webhooks.source()(std::move(question), done);   // any thread
//   webhooks.tell(std::move(notice));
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/hook_question.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/trace/tracer.hpp"
#include "server/webhooks/webhook_settings.hpp"

namespace dialogue::webhooks {

class Webhooks {
 public:
  /// `log` is called on this thread and on the callers', and must be thread-safe.
  /// `metrics`: where it says whether it is suspended; null: nowhere. `tracer`: follows each request; null: nobody does.
  Webhooks(WebhookSettings settings, std::function<void(const core::LogLine&)> log,
           std::shared_ptr<metrics::SharedCells> metrics = {}, std::shared_ptr<const trace::Tracer> tracer = {});
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;
  ~Webhooks() { stop(); }

  /// Questions for connect, join and publish. Those that are not the backend's business are allowed at once. Answers come on the
  /// caller's thread or on the hooks' own. It may outlive this; then everything is `hook_unavailable`.
  [[nodiscard]] core::HookSource source() const;
  /// Notices of leave and disconnect, in the order of the calls. Any thread.
  void tell(core::HookQuestion notice) const;
  /// Signs requests with another secret from here on: one without fault.
  void sign_with(std::string secret) const;
  /// Answers what waits with `hook_unavailable`, tells the notices that wait if the backend takes them within one time-out
  /// and 2 s, and ends the thread. Not from within an answer. A name server that does not answer may hold it for a while.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dialogue::webhooks
