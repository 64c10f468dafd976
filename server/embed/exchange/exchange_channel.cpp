// The shard enforces credit: it never gives more items than were allowed, and ends an exchange that sends more than were granted.
#include "server/embed/exchange/exchange_channel.hpp"

#include <utility>
#include <variant>

namespace dialogue {

void ExchangeChannel::take(core::ExchangeNews&& news) {
  {
    const std::lock_guard lock(mutex_);
    if (auto* write = std::get_if<core::ExchangeWrite>(&news)) written_.push_back(std::move(write->item));
    if (std::holds_alternative<core::ExchangeFinish>(news)) has_finished_ = true;
    if (const auto* grant = std::get_if<core::ExchangeGrant>(&news)) granted_ = grant->up_to;
    if (const auto* ended = std::get_if<core::ExchangeEnded>(&news)) {
      if (!over_) over_ = ended->code;
      reply_ = nullptr;
      written_.clear();
    }
  }
  notify();
}

void ExchangeChannel::end(core::ExchangeResult result) {
  core::ExchangeReplies reply;
  {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    over_ = ErrorCode::ok;
    reply = std::exchange(reply_, nullptr);
  }
  if (reply) reply(std::move(result));
  notify();
}

ExchangeChannel::Sent ExchangeChannel::send(std::string json) {
  const std::lock_guard lock(mutex_);  // items stay in their order
  if (over_ || !reply_) return Sent::over;
  if (sent_ >= granted_) return Sent::full;
  ++sent_;
  reply_(core::ExchangeItem{std::move(json)});
  return Sent::sent;
}

std::optional<std::string> ExchangeChannel::receive() {
  const std::lock_guard lock(mutex_);
  if (written_.empty()) return std::nullopt;
  std::string item = std::move(written_.front());
  written_.pop_front();
  ++received_;
  if (reply_ && received_ + kStreamWindow >= allowed_ + kStreamWindow / 2) {
    allowed_ = received_ + kStreamWindow;
    reply_(core::ExchangeAllow{allowed_});
  }
  return item;
}

bool ExchangeChannel::is_read_out() const {
  const std::lock_guard lock(mutex_);
  return has_finished_ && written_.empty();
}

bool ExchangeChannel::can_send() const {
  const std::lock_guard lock(mutex_);
  return !over_ && sent_ < granted_;
}

std::optional<ErrorCode> ExchangeChannel::over() const {
  const std::lock_guard lock(mutex_);
  return over_;
}

void ExchangeChannel::on_change(std::function<void()> changed) {
  {
    const std::lock_guard lock(mutex_);
    changed_ = std::move(changed);
    if (!changed_ || !(over_ || has_finished_ || !written_.empty() || sent_ < granted_)) return;
  }
  notify();
}

void ExchangeChannel::notify() {
  std::function<void()> changed;
  {
    const std::lock_guard lock(mutex_);
    changed = changed_;
    if (over_) changed_ = nullptr;
  }
  if (changed) changed();
}

}  // namespace dialogue
