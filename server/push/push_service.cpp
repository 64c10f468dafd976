// Callers post to the thread and are answered from it.
#include "server/push/push_service.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "server/auth/base64url.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/push/push_state.hpp"
#include "shared/base/sha256.hpp"

namespace dialogue::push {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kOwnerBytes = 9, kShortHashBytes = 32;
constexpr std::chrono::seconds kTickS(30), kEndTimeMax(5);
constexpr std::size_t kRulesWaitingMax = 8'192;

core::Error ending() { return {ErrorCode::draining, {}, {}}; }

}  // namespace

core::Error fault_of(core::StoreStatus status) {
  return {status == core::StoreStatus::full ? ErrorCode::store_full : ErrorCode::store_unavailable, {}, {}};
}

std::string short_hash(std::string_view text) {
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return auth::encode_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()}).substr(0, kShortHashBytes);
}

PushService::State::State(PushSetup setup, const store::KeptList& devices, const store::KeptList& jobs)
    : context(std::move(setup.settings), std::move(setup.keys), auth::encode_base64url(auth::random_secret(kOwnerBytes)),
              setup.is_shared, std::move(setup.log), std::move(setup.metrics), std::move(setup.unix_ms)),
      store(std::move(setup.store)),
      writer({store,
              [this](std::function<void()> task) {
                if (const auto state = self.lock()) asio::post(state->context.io, std::move(task));
              },
              [this] { return context.now_s(); }, setup.is_shared,
              [this](const store::KeptList& list, store::KeptKind kind) {
                kind == store::KeptKind::push_device ? take_devices(list) : take_jobs(list);
              },
              [this] { end_if_idle(); }},
             {{store::KeptKind::push_device, devices.epoch, devices.version},
              {store::KeptKind::push_job, jobs.epoch, jobs.version}}),
      dispatcher(context, {[this](const Delivery& delivery, metrics::PushOutcome outcome) { ended(delivery, outcome); },
                           [this](const Delivery& delivery, std::uint64_t) { save(delivery.slot, delivery.job_id); },
                           [this] { end_if_idle(); }}),
      ticks(context.io),
      deadline(context.io),
      work(context.io.get_executor()) {
  if (setup.find_online)
    context.find_online = [this, ask = std::move(setup.find_online)](const std::string& user_id, const auto& done) {
      ask(user_id, [weak = self, done](bool is_online) {
        if (const auto state = weak.lock()) asio::post(state->context.io, [done, is_online] { done(is_online); });
      });
    };
  take_devices(devices);
  take_jobs(jobs);
}

bool PushService::State::post(std::function<void()> task) {
  const std::lock_guard lock(mutex);
  if (is_closed) return false;
  asio::post(context.io, std::move(task));
  return true;
}

void PushService::State::begin() {
  writer.follow();
  for (const std::size_t slot : context.slots.own_slots()) send_all(slot);
  tick();
}

void PushService::State::tick() {
  const std::uint64_t now_s = context.now_s();
  if (rules_lost > 0) note_rule_fault({}, error_name(ErrorCode::rate_limited));
  std::erase_if(delayed, [this](const auto& each) { return !is_delayed(each.second); });
  context.devices.forget_expired(now_s);
  std::erase_if(used_keys, [now_s](const auto& each) { return each.second.expires_s <= now_s; });
  count_devices();
  for (const std::size_t slot : context.slots.own_slots())  // that the store did not empty
    if (const Job* const job = context.slots.own(slot); job->targets.empty()) finish(slot, std::string(job->id));
  claim_abandoned();
  ticks.expires_after(kTickS);
  ticks.async_wait([this](const boost::system::error_code& error) {
    if (!error && !is_ending) tick();
  });
}

void PushService::State::end() {
  is_ending = true;
  writer.unfollow();
  ticks.cancel();
  dispatcher.stop();
  deadline.expires_after(kEndTimeMax);
  deadline.async_wait([this](const boost::system::error_code& error) {
    if (!error) context.io.stop();
  });
  end_if_idle();
}

void PushService::State::end_if_idle() {
  if (is_ending && dispatcher.is_idle() && writer.is_idle()) context.io.stop();
}

void PushService::State::note_store_fault(core::StoreStatus status) {
  if (status == core::StoreStatus::stale) return;
  context.write(core::LogLevel::warn, "push_store_failed",
                std::move(JsonText().text("message", "the store did not keep a change of devices or notifications")));
}

void PushService::State::note_rule_fault(const std::string& user_id, std::string_view code) {
  context.write(core::LogLevel::warn, "push_rule_failed",
                std::move(JsonText().text("user", user_id).text("code", code).number("lost", rules_lost.exchange(0))));
}

PushService::PushService(PushSetup setup, const store::KeptList& devices, const store::KeptList& jobs)
    : state_(std::make_shared<State>(std::move(setup), devices, jobs)) {
  state_->self = state_;
}

void PushService::start() {
  State& state = *state_;
  state.thread = std::thread([&state] {
    state.begin();
    state.context.io.run();
  });
}

api::PushApi PushService::api() const {
  api::PushApi calls;
  calls.public_key = state_->context.signer.current().public_text;
  calls.put_device = [state = state_](api::DeviceRegistration what, const auto& done) {
    const bool is_posted = state->post([state = state.get(), what = std::move(what), done] { state->put_device(what, done); });
    if (!is_posted) done({.fault = ending()});
  };
  calls.list_devices = [state = state_](std::string user_id, const auto& done) {
    const bool is_posted = state->post([state = state.get(), user = std::move(user_id), done] { done(state->devices_of(user)); });
    if (!is_posted) done({});
  };
  calls.remove_device = [state = state_](std::string user_id, std::string device, const auto& done) {
    const bool is_posted = state->post(
        [state = state.get(), user = std::move(user_id), id = std::move(device), done] { state->remove_device(user, id, done); });
    if (!is_posted) done(ending(), false);
  };
  calls.notify = [state = state_](api::Notification what, const auto& done) {
    const bool is_posted = state->post([state = state.get(), what = std::move(what), done] { state->notify(what, done); });
    if (!is_posted) done({.fault = ending()});
  };
  return calls;
}

void PushService::follow_rule(api::Notification what) const {
  State& state = *state_;
  if (state.rules_waiting.fetch_add(1) >= kRulesWaitingMax) {
    --state.rules_waiting;
    state.rules_lost.fetch_add(1);
    return;
  }
  const bool is_posted = state.post([&state, what = std::move(what)]() mutable {
    --state.rules_waiting;
    const auto answered = [&state, user = what.user_id](const api::NotifyAnswer& answer) {
      if (answer.fault.code != ErrorCode::ok) state.note_rule_fault(user, error_name(answer.fault.code));
    };
    state.notify(std::move(what), answered);
  });
  if (!is_posted) --state.rules_waiting;
}

bool PushService::erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) const {
  constexpr std::chrono::milliseconds kLookMs(100);
  const auto promise = std::make_shared<std::promise<bool>>();
  auto is_erased = promise->get_future();
  const bool is_posted = state_->post([state = state_.get(), user_id, promise] {
    state->erase(user_id, [promise](bool is_done) { promise->set_value(is_done); });
  });
  while (is_posted && is_erased.wait_for(kLookMs) != std::future_status::ready)
    if (is_cancelled()) return false;
  return is_posted && is_erased.get();
}

void PushService::stop() {
  std::call_once(state_->stopping, [this] {
    {
      const std::lock_guard lock(state_->mutex);
      state_->is_closed = true;
    }
    if (!state_->thread.joinable()) return;
    asio::post(state_->context.io, [state = state_.get()] { state->end(); });
    state_->thread.join();
  });
}

}  // namespace dialogue::push
