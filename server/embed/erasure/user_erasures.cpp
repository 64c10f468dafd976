// See user_erasures.hpp.
#include "server/embed/erasure/user_erasures.hpp"

#include <string>
#include <string_view>

namespace dialogue {
namespace {

/// In place of a user's id while notices are published: no user's id has a line feed.
constexpr std::string_view kNotices = "\n";

}  // namespace

void UserErasures::configure(host::ServerConfig& server_config) {
  server_config.api.erase_user = [this](api::ErasureRequest what, auto done) { erase(std::move(what), std::move(done)); };
}

void UserErasures::erase(api::ErasureRequest what, Done done) {
  const std::lock_guard lock(mutex_);
  const bool is_notifying = current_.user_id == kNotices;
  if (!is_ending_ && is_notifying && next_.user_id.empty()) next_ = what;
  const bool is_same = (is_notifying ? next_ : current_) == what && waiting_.size() < kErasureWaitsMax;
  if (is_ending_ || (!current_.user_id.empty() && !is_same)) {
    api::ErasureReport refused;
    refused.code = is_ending_ ? ErrorCode::draining : ErrorCode::rate_limited;
    return done(refused);
  }
  waiting_.push_back(std::move(done));
  if (!is_same) begin(what, [this, what] { return run(what); });
}

void UserErasures::notify() {
  if (!steps_.has_notices()) return;
  const std::lock_guard lock(mutex_);
  if (is_ending_ || !current_.user_id.empty()) return;  // an erasure publishes them, too
  begin({std::string(kNotices)}, [this] {
    steps_.notify(cancellation());
    return api::ErasureReport{};
  });
}

void UserErasures::end() {
  std::thread under_way;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    under_way = std::move(thread_);
  }
  if (under_way.joinable()) under_way.join();
}

void UserErasures::begin(const api::ErasureRequest& what, std::function<api::ErasureReport()> work) {
  if (thread_.joinable()) thread_.join();  // it has taken its waiting requests
  current_ = what;
  thread_ = std::thread([this, work = std::move(work)] {
    api::ErasureReport report = work();
    std::unique_lock ending(mutex_);
    if (!next_.user_id.empty()) {
      const api::ErasureRequest next = current_ = std::exchange(next_, {});
      ending.unlock();
      report = run(next);
      ending.lock();
    }
    current_ = {};
    const auto waiting = std::exchange(waiting_, {});
    ending.unlock();
    for (const Done& done : waiting) done(report);
  });
}

api::ErasureReport UserErasures::run(const api::ErasureRequest& what) const { return steps_.erase(what, cancellation()); }

}  // namespace dialogue
