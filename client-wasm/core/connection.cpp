#include "client-wasm/core/connection.hpp"

#include <algorithm>

#include "client-wasm/core/error_traits.hpp"

namespace dialogue::client {

namespace {
constexpr std::uint32_t kAttemptMax = 6;  // 500 ms doubled six times is past kReconnectDelayMaxMs

/// Returns the upper bound of a full jitter: 1 s for the first attempt, unless the server has set the time; then from 0.5 s
/// doubling to 20 s.
std::uint64_t reconnect_delay_max_ms(std::uint32_t attempt, std::uint64_t bye_code) {
  if (attempt != 0) return std::min(kReconnectDelayMaxMs, kReconnectDelayMinMs << (attempt - 1));
  return bye_code != 0 ? 0 : kFirstRetryMaxMs;  // a server that sends BYE spreads its clients itself
}
}  // namespace

std::uint64_t Connection::silence_deadline() const { return heard_ + ping_ms_ + kPingReplyTimeoutMs; }

std::uint64_t Connection::deadline() const {
  switch (phase_) {
    case Phase::waiting:
    case Phase::opening:
    case Phase::greeting:
      return due_;
    case Phase::online:
      return std::min(silence_deadline(), probe_due_);
    default:
      return kNever;
  }
}

Connection::Step Connection::start(std::uint64_t now) {
  if (phase_ != Phase::idle) return Step::nothing;
  phase_ = Phase::waiting;
  due_ = std::max(now, not_before_);
  return tick(now);
}

void Connection::welcomed(std::uint64_t ping_ms, std::uint64_t now) {
  phase_ = Phase::online;
  was_online_ = true;
  welcomed_ = now;
  ping_ms_ = std::min(ping_ms, kPingIntervalMaxMs);
  heard(now);
}

void Connection::heard(std::uint64_t now) {
  heard_ = now;
  probe_due_ = kNever;
}

void Connection::said_bye(std::uint64_t code, std::uint64_t retry_after_ms, std::uint64_t now) {
  bye_code_ = code;
  retry_after_ms_ = std::min(retry_after_ms, kRetryAfterMaxMs);
  due_ = probe_due_ = now + kClosingTimeoutMs;
}

void Connection::lost(std::uint16_t close_code, std::uint64_t now) {
  if (is_final_close(close_code) || is_final_bye(bye_code_)) {
    phase_ = Phase::closed;
    return;
  }
  if (phase_ != Phase::online)
    attempt_ = std::max(attempt_, 1U);
  else if (close_code == kMovedCloseCode || now - welcomed_ >= kStableConnectionMs)
    attempt_ = 0;
  come_back(now);
}

Connection::Step Connection::broken(std::uint64_t now) {
  attempt_ = std::max(attempt_, 1U);
  come_back(now);
  return Step::drop;
}

void Connection::come_back(std::uint64_t now) {
  phase_ = Phase::waiting;
  not_before_ = now + retry_after_ms_;
  due_ = std::max(now + random_.up_to(reconnect_delay_max_ms(attempt_, bye_code_)), not_before_);
  attempt_ = std::min(attempt_ + 1, kAttemptMax);
  retry_after_ms_ = 0;
  bye_code_ = 0;
  probe_due_ = kNever;
}

Connection::Step Connection::tick(std::uint64_t now) {
  if (now < deadline()) return Step::nothing;
  if (phase_ == Phase::waiting) {
    phase_ = Phase::opening;
    due_ = now + kConnectTimeoutMs;
    return Step::open;
  }
  // A timer that fires long after its time was frozen with the page, and the server's messages may be unread: silence proves
  // nothing, so the client pings once.
  const bool was_frozen = phase_ == Phase::online && probe_due_ == kNever && now - silence_deadline() >= kWakeGapMs;
  if (was_frozen) return wake(now);
  const bool was_asked = now >= probe_due_ && bye_code_ == 0;
  lost(0, now);
  if (was_asked) due_ = now;  // one device has woken up, not many at the same time
  return Step::drop;
}

Connection::Step Connection::wake(std::uint64_t now) {
  if (phase_ == Phase::waiting) {
    due_ = std::min(due_, std::max(now, not_before_));
    return tick(now);
  }
  if (phase_ != Phase::online || probe_due_ != kNever) return Step::nothing;
  heard_ = now;
  probe_due_ = now + kWakeReplyMs;
  return Step::probe;
}

Connection::Step Connection::pause() {
  const Phase before = phase_;
  if (before == Phase::idle || before == Phase::closed) return Step::nothing;
  phase_ = Phase::idle;
  probe_due_ = kNever;
  bye_code_ = retry_after_ms_ = 0;
  return before == Phase::waiting ? Step::nothing : Step::drop;
}

}  // namespace dialogue::client
