// The publications of a run: their authors, times and results.
#include "server/load/run.hpp"
#include "server/load/wire/clock.hpp"

namespace dialogue::load {

void Run::publish(Member& member) {
  if (!member.can_publish()) {
    ++report_.withheld;
    return;
  }
  const Stamp stamp{++published_[member.index], member.index, clock_us()};
  std::string body;
  body.reserve(plan_.body_bytes + 64);
  write_body(body, stamp, plan_.body_bytes);
  ++report_.published;
  if (!plan_.is_deaf) {
    expected_ += live_[room_of(member.index)];
    expected_late_ += late_[room_of(member.index)];
  }
  member.publish(stamp, std::move(body));
}

void Run::publish_what_is_due() {
  const auto due_us = [&](std::uint64_t publication) {
    return begin_us_ + static_cast<std::uint64_t>(static_cast<double>(publication) * plan_.burst * kSecondUs / plan_.rate);
  };
  const std::uint64_t publishers = std::uint64_t{plan_.rooms} * plan_.publishers;
  while (next_due_us_ <= context_.now_us && next_due_us_ < end_us_) {
    Member& member = *members_[next_publication_ % publishers];
    for (std::uint32_t i = 0; i < plan_.burst; ++i) publish(member);
    next_due_us_ = due_us(++next_publication_);
  }
  if (next_due_us_ >= end_us_) is_publishing_ = false;
}

/// When each publication waits for an earlier one: that one was received. At a rate nothing waits, and what is due is sent
/// even if it is late.
void Run::publish_next(Member& member) {
  if (plan_.mode == Mode::rate) return;
  if (is_publishing_ && context_.now_us >= end_us_) is_publishing_ = false;
  if (is_publishing_) publish(member);
}

void Run::delivered(Member& member, const Stamp& stamp) {
  const std::size_t from = static_cast<std::size_t>(stamp.from);
  const bool is_ours = from < published_.size() && room_of(from) == room_of(member.index) && stamp.n <= published_[from];
  if (!is_ours) {
    ++report_.disordered;
    return;
  }
  const bool is_own = from == member.index;
  const DeliveryTracker::Verdict verdict = arrivals(member.index, from).take(stamp.n);
  if (verdict == DeliveryTracker::Verdict::twice) {
    ++report_.doubled;
    return;
  }
  if (verdict == DeliveryTracker::Verdict::late) ++report_.disordered;
  ++(is_stalled(member.index) ? report_.stalled_deliveries : report_.deliveries);
  last_delivery_us_ = context_.now_us;
  // Late deliveries to a member that does not read do not count as the server's latency.
  const std::uint64_t begin_us = plan_.mode == Mode::storm ? member.started_us : stamp.at_us;
  if (!is_stalled(member.index) && (!is_own || live_[room_of(from)] == 1)) latencies_.add(context_.now_us - begin_us);
  if (plan_.mode == Mode::ping_pong ? !is_own : is_own && !plan_.is_deaf) publish_next(member);
}

void Run::acknowledged(Member& member) {
  ++report_.acknowledged;
  if (plan_.is_deaf) {
    last_delivery_us_ = context_.now_us;
    publish_next(member);
  }
}

void Run::refused(Member&, const std::string& why) {
  if (report_.refused++ == 0) report_.first_refusal = why;
}

}  // namespace dialogue::load
