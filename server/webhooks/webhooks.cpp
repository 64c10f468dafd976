// Callers put questions and notices into an inbox and wake the thread once; it takes the inbox as a whole, which is what makes
// batches.
#include "server/webhooks/webhooks.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/webhooks/call_backend.hpp"
#include "server/webhooks/hook_notices.hpp"
#include "server/webhooks/hook_questions.hpp"

namespace dialogue::webhooks {

namespace asio = boost::asio;

struct Webhooks::State {
  using Done = HookQuestions::Done;

  State(WebhookSettings with, std::function<void(const core::LogLine&)> log, std::shared_ptr<metrics::SharedCells> metrics,
        std::shared_ptr<const trace::Tracer> tracer)
      : context(std::move(with), std::move(log), std::move(metrics), std::move(tracer)),
        questions(context),
        notices(context),
        calls(context),
        work(context.io.get_executor()) {}

  void ask(core::HookQuestion&& question, Done&& done) {
    if (!concerns(context.settings, question.verb, question.room_id)) return done({});
    {
      const std::lock_guard lock(mutex);
      if (!is_stopped) {
        asked.emplace_back(std::move(question), std::move(done));
        return wake();
      }
    }
    done(hook_unavailable());
  }

  void tell(core::HookQuestion&& notice) {
    if (!concerns(context.settings, notice.verb, notice.room_id)) return;
    const std::lock_guard lock(mutex);
    if (is_stopped) return;
    told.push_back(std::move(notice));
    wake();
  }

  /// Under the mutex.
  void wake() {
    if (!std::exchange(is_awake, true))
      asio::post(context.io, [this] {
        take_inbox();
        questions.send();
      });
  }

  void take_inbox() {
    std::vector<std::pair<core::HookQuestion, Done>> new_questions;
    std::vector<core::HookQuestion> new_notices;
    {
      const std::lock_guard lock(mutex);
      new_questions.swap(asked);
      new_notices.swap(told);
      is_awake = false;
    }
    for (auto& [question, done] : new_questions) questions.add(std::move(question), std::move(done));
    for (core::HookQuestion& notice : new_notices) notices.add(std::move(notice));
  }

  /// Ends the hooks; called on their thread, after the inbox was closed.
  void finish() {
    take_inbox();
    questions.refuse_all();
    calls.refuse_all();
    notices.finish([this] { context.io.stop(); });
  }

  HookContext context;  // its loop goes last, with all that is left on it
  HookQuestions questions;
  HookNotices notices;
  CallBackend calls;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::mutex mutex;
  std::vector<std::pair<core::HookQuestion, Done>> asked;  ///< under the mutex, with the next three
  std::vector<core::HookQuestion> told;
  bool is_awake = false, is_stopped = false;
  std::once_flag ending;
  std::thread thread;
};

Webhooks::Webhooks(WebhookSettings settings, std::function<void(const core::LogLine&)> log,
                   std::shared_ptr<metrics::SharedCells> metrics, std::shared_ptr<const trace::Tracer> tracer)
    : state_(std::make_shared<State>(std::move(settings), std::move(log), std::move(metrics), std::move(tracer))) {
  State& state = *state_;
  if (!state.context.url.is_secure && !state.context.url.is_loopback())
    state.context.log.write(
        core::LogLevel::warn, "hooks_unprotected",
        "hooks use http: an attacker on the network can read what users write and change the backend's decisions. Use https.", 1,
        HookContext::now_ms());
  state.thread = std::thread([&state] { state.context.io.run(); });
}

core::HookSource Webhooks::source() const {
  return [state = state_](core::HookQuestion&& question, std::function<void(core::HookVerdict)> done) {
    state->ask(std::move(question), std::move(done));
  };
}

core::ExchangeSource Webhooks::calls() const {
  return
      [state = state_](core::ExchangeQuestion&& question, core::ExchangeReplies reply) -> std::shared_ptr<core::ExchangeHandler> {
        const std::lock_guard lock(state->mutex);
        if (state->is_stopped) return nullptr;
        auto call = std::make_shared<BackendCall>(std::move(question), std::move(reply));
        asio::post(state->context.io, [state, call] { state->calls.add(call); });
        return call;
      };
}

void Webhooks::tell(core::HookQuestion notice) const { state_->tell(std::move(notice)); }

void Webhooks::sign_with(std::string secret) const {
  asio::post(state_->context.io, [state = state_.get(), secret = std::move(secret)] { state->context.secret = secret; });
}

void Webhooks::stop() {
  std::call_once(state_->ending, [this] {
    {
      const std::lock_guard lock(state_->mutex);
      state_->is_stopped = true;
    }
    asio::post(state_->context.io, [this] { state_->finish(); });
    state_->thread.join();
  });
}

}  // namespace dialogue::webhooks
