// One coroutine that fetches and waits by turns. A request for an unknown key wakes it, or waits for the fetch that is under way.
#include "server/auth/jwks_keys.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/auth/jwks_fetch.hpp"
#include "server/auth/jwks_schedule.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::auth {
namespace {

namespace asio = boost::asio;

std::uint64_t now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

struct JwksKeys::State {
  State(http_client::HttpUrl from, KeySet beside, std::function<void(const core::LogLine&)> to)
      : url(std::move(from)), fixed(std::move(beside)), log(std::move(to)), keys(std::make_shared<const KeySet>(fixed)) {}

  asio::awaitable<void> run() {
    while (true) {
      co_await fetch();
      for (const auto& waiter : std::exchange(waiters, {})) waiter(true);
      is_fetching = false;
      while (!is_wanted && now_ms() < schedule.due_ms()) {
        timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(schedule.due_ms())));
        static_cast<void>(co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)));
      }
      is_wanted = false;
      is_fetching = true;
    }
  }

  asio::awaitable<void> fetch() {
    auto answer = co_await fetch_jwks(url);
    if (const auto* fault = std::get_if<std::string>(&answer)) co_return failed(*fault);
    const auto& [body, max_age_s] = std::get<JwksResponse>(answer);
    PassedOver unusable;
    auto read = read_fetched_keys(body, fixed, unusable);
    tell_passed_over(std::move(unusable));
    if (const auto* fault = std::get_if<KeyError>(&read)) co_return failed(fault->problem);
    auto all = joined_keys(std::get<KeySet>(read), fixed);
    if (const auto* fault = std::get_if<KeyError>(&all)) co_return failed(fault->problem);
    replace(std::make_shared<const KeySet>(std::get<KeySet>(std::move(all))));
    const bool was_down = schedule.fetched(max_age_s, now_ms());
    const std::size_t count = std::get<KeySet>(read).keys().size();
    log({was_down ? core::LogLevel::warn : core::LogLevel::info, "jwks_fetched", R"({"keys":)" + std::to_string(count) + "}"});
  }

  /// Said at the beginning of an outage, and again each minute that it lasts; what is known stays.
  void failed(const std::string& why) {
    const bool is_due = schedule.failed(now_ms());
    JsonText fields;
    fields.text("message", schedule.has_keys() ? "the JWKS URL returns no keys: the known ones stay in force"
                                               : "the JWKS URL returns no keys: its tokens are refused until it returns some");
    log({is_due ? core::LogLevel::warn : core::LogLevel::debug, "jwks_failed", fields.text("reason", why).take()});
  }

  /// Said again only when it is something else than last time.
  void tell_passed_over(PassedOver now) {
    if (now != passed_over)
      for (const std::string& words : now) {
        JsonText fields;
        fields.text("message", "a key of the JWKS URL is ignored: tokens signed with it are refused").text("reason", words);
        log({core::LogLevel::warn, "jwks_key_passed_over", fields.take()});
      }
    passed_over = std::move(now);
  }

  void replace(std::shared_ptr<const KeySet> with) {
    const std::lock_guard lock(mutex);
    keys = std::move(with);
    ++fetches;
  }

  /// Serves the requests that other threads have queued.
  void take_asked() {
    std::vector<std::function<void(bool)>> taken;
    {
      const std::lock_guard lock(mutex);
      taken.swap(asked);
    }
    for (auto& done : taken) refetch(std::move(done));
  }

  void refetch(std::function<void(bool)> done) {
    const bool may = is_fetching || schedule.take_unknown_key(now_ms());
    if (!may) return done(false);
    waiters.push_back(std::move(done));
    if (is_fetching) return;
    is_wanted = true;
    timer.cancel();
  }

  const http_client::HttpUrl url;
  const KeySet fixed;
  const std::function<void(const core::LogLine&)> log;
  mutable std::mutex mutex;
  std::shared_ptr<const KeySet> keys;  ///< under the mutex, with the next three
  std::uint64_t fetches = 0;
  std::vector<std::function<void(bool)>> asked;  ///< on other threads, and not looked at yet
  bool has_ended = false;

  asio::io_context io{1};  // the rest belongs to its thread
  asio::steady_timer timer{io};
  JwksSchedule schedule;
  std::vector<std::function<void(bool)>> waiters;
  PassedOver passed_over;  ///< in the last answer
  bool is_fetching = true, is_wanted = false;
  std::thread thread;
};

JwksKeys::JwksKeys(http_client::HttpUrl url, KeySet fixed, std::function<void(const core::LogLine&)> log)
    : state_(std::make_shared<State>(std::move(url), std::move(fixed), std::move(log))) {
  asio::co_spawn(
      state_->io, [state = state_.get()] { return state->run(); }, asio::detached);
  state_->thread = std::thread([state = state_.get()] { state->io.run(); });
}

JwksKeys::~JwksKeys() { stop(); }

void JwksKeys::stop() {
  if (!state_->thread.joinable()) return;
  state_->io.stop();
  state_->thread.join();
  std::vector<std::function<void(bool)>> waiting = std::exchange(state_->waiters, {});
  {
    const std::lock_guard lock(state_->mutex);
    state_->has_ended = true;
    std::move(state_->asked.begin(), state_->asked.end(), std::back_inserter(waiting));
    state_->asked.clear();
  }
  for (const auto& done : waiting) done(false);
}

std::shared_ptr<const KeySet> JwksKeys::snapshot() const {
  const std::lock_guard lock(state_->mutex);
  return state_->keys;
}

bool JwksKeys::has_fetched() const {
  const std::lock_guard lock(state_->mutex);
  return state_->fetches > 0;
}

std::uint64_t JwksKeys::fetches() const {
  const std::lock_guard lock(state_->mutex);
  return state_->fetches;
}

void JwksKeys::refetch(std::function<void(bool)> done) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->has_ended) state_->asked.push_back(std::exchange(done, nullptr));
  }
  if (done) return done(false);
  asio::post(state_->io, [state = state_.get()] { state->take_asked(); });
}

}  // namespace dialogue::auth
