// See store_verdict.hpp.
#include "server/http/store_verdict.hpp"

#include <optional>
#include <utility>

#include "server/core/util/elapsed.hpp"

namespace dialogue::http {
namespace {

const core::RoomKey kNoRoom{{}, "/ready"};  ///< no room can have this name

}  // namespace

StoreVerdict::StoreVerdict(std::shared_ptr<store::Store> store, std::uint64_t age_ms, std::uint64_t patience_ms)
    : store_(std::move(store)), age_ms_(age_ms), patience_ms_(patience_ms) {}

void StoreVerdict::ask(std::uint64_t now_ms, std::function<void(core::StoreStatus)> done) {
  std::optional<core::StoreStatus> known;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_asking_ && (core::elapsed_ms(now_ms, asked_ms_) >= patience_ms_ || waiting_.size() >= kWaitingMax)) {
      known = core::StoreStatus::busy;
    } else if (!is_asking_ && is_known_ && core::elapsed_ms(now_ms, asked_ms_) < age_ms_) {
      known = status_;
    } else {
      waiting_.push_back(std::move(done));
      is_first = !std::exchange(is_asking_, true);
      if (is_first) asked_ms_ = now_ms;
    }
  }
  if (known) return done(*known);
  if (!is_first) return;
  // Weakly: a store that never answers keeps the question, and would keep itself by it.
  store_->open(kNoRoom, [weak = weak_from_this()](const core::RoomOpened& opened) {
    if (const auto self = weak.lock()) self->answered(opened.status);
  });
}

void StoreVerdict::answered(core::StoreStatus status) {
  std::vector<std::function<void(core::StoreStatus)>> waiting;
  {
    const std::lock_guard lock(mutex_);
    status_ = status;
    is_known_ = true;
    is_asking_ = false;
    waiting.swap(waiting_);
  }
  for (const auto& done : waiting) done(status);
}

}  // namespace dialogue::http
