// See engine_table.hpp.
#include "server/transport/engineio/engine_table.hpp"

#include <algorithm>
#include <vector>

#include "server/loop/shard_loop.hpp"
#include "server/net/session_id.hpp"
#include "server/transport/engineio/engine_session.hpp"

namespace dialogue::transport {

EngineTable::EngineTable(loop::ShardLoop& loop, const EngineSettings& settings) : loop_(loop), settings_(settings) {
  timer_.emplace(loop.executor());
  loop.watch(*this);
}

EngineTable::~EngineTable() = default;

std::shared_ptr<EngineSession> EngineTable::find(std::string_view sid, std::string_view page) const {
  const auto found = sessions_.find(sid);
  return found != sessions_.end() && found->second->page() == page ? found->second : nullptr;
}

void EngineTable::serve(EngineCall& call) {
  if (call.kind() != EngineCall::Kind::open) {
    if (const auto session = find(call.sid(), call.page())) return session->serve(call);
    return call.refuse(EngineFault::session_unknown);
  }
  if (sessions_.size() >= settings_.limits.sessions_max) return call.respond(engine_unavailable(call.origin()));
  EngineOpening& opening = *call.opening();
  net::AddressLimits::Connection account = opening.address.uncounted();
  net::AdmissionGuard admission{call.take_count(), std::move(opening.address)};
  auto session = std::make_shared<EngineSession>(
      loop_, *this,
      EngineSession::Facts{net::make_session_id(loop_.index()), call.page(), std::move(opening.peer), std::move(account)},
      std::move(admission), EngineState::Carrier::polling, settings_.limits);
  sessions_.emplace(session->sid(), session);
  session->begin_with_poll(call, settings_.make);
}

void EngineTable::cancel_poll(std::string_view sid, const std::shared_ptr<const char>& token) {
  if (!token) return;
  if (const auto found = sessions_.find(sid); found != sessions_.end()) {
    const auto session = found->second;
    session->cancel_poll(token);
  }
}

void EngineTable::body_too_large(std::string_view sid, std::string_view page) {
  if (const auto session = find(sid, page)) session->body_too_large();
}

void EngineTable::take(EngineArrival arrival) {
  net::AddressLimits::Connection account = arrival.admission.address.uncounted();
  auto socket =
      std::make_shared<EngineSocket>(loop_, std::move(arrival.stream), std::move(arrival.admission), settings_.websocket);
  const bool is_new = arrival.sid.empty();
  const auto found = is_new ? nullptr : find(arrival.sid, arrival.page);
  if (found) return found->offer_socket(std::move(socket), std::move(arrival.answer), std::move(arrival.received));
  if (!is_new || sessions_.size() >= settings_.limits.sessions_max) {
    constexpr std::uint16_t kTryAgainLater = 1013;
    if (socket->begin(nullptr, std::move(arrival.answer)))
      socket->release(is_new ? kTryAgainLater : close_code::kPolicyViolation, is_new ? "too many sessions" : "unknown session");
    return;
  }
  const auto session = std::make_shared<EngineSession>(
      loop_, *this,
      EngineSession::Facts{net::make_session_id(loop_.index()), arrival.page, std::move(arrival.peer), std::move(account)},
      net::AdmissionGuard{}, EngineState::Carrier::websocket, settings_.limits);
  sessions_.emplace(session->sid(), session);
  session->begin_with_socket(std::move(socket), std::move(arrival.answer), std::move(arrival.received), settings_.make);
}

std::shared_ptr<EngineSession> EngineTable::remove(EngineSession& session) {
  unschedule(session);
  const auto found = sessions_.find(session.sid());
  if (found == sessions_.end()) return nullptr;
  std::shared_ptr<EngineSession> taken = std::move(found->second);
  sessions_.erase(found);
  return taken;
}

// --- Times ---

void EngineTable::unschedule(EngineSession& session) {
  if (const std::uint64_t at_ms = std::exchange(session.scheduled_ms_, 0)) times_.erase({at_ms, &session});
}

void EngineTable::schedule(EngineSession& session) {
  const std::uint64_t at_ms = std::max<std::uint64_t>(session.next_ms(), 1);
  if (at_ms == session.scheduled_ms_) return;
  unschedule(session);
  session.scheduled_ms_ = at_ms;
  times_.emplace(at_ms, &session);
  wait();
}

void EngineTable::wait() {
  if (times_.empty() || !timer_) return;
  const std::uint64_t next_ms = times_.begin()->first;
  if (timer_ms_ != 0 && timer_ms_ <= next_ms) return;
  const std::uint64_t now_ms = loop_.monotonic_ms();
  timer_ms_ = next_ms;
  timer_->expires_after(std::chrono::milliseconds(next_ms - std::min(next_ms, now_ms)));
  timer_->async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

void EngineTable::on_timer() {
  timer_ms_ = 0;
  const std::uint64_t now_ms = loop_.monotonic_ms();
  std::vector<std::shared_ptr<EngineSession>> due;
  for (auto it = times_.begin(); it != times_.end() && it->first <= now_ms; ++it) due.push_back(it->second->shared_from_this());
  for (const auto& session : due) {
    unschedule(*session);
    session->on_time(now_ms);
    session->reschedule();
  }
  wait();
}

// --- The end of the loop ---

void EngineTable::drain() {
  const auto all = sessions_;
  for (const auto& [sid, session] : all) session->drain();
}

void EngineTable::abandon() {
  const auto all = std::exchange(sessions_, {});
  for (const auto& [sid, session] : all) session->abandon();
  times_.clear();
  timer_.reset();
  unlink();
}

EngineTable& EngineTables::of(loop::ShardLoop& loop) {
  const std::lock_guard lock(mutex_);
  auto& table = tables_[&loop];
  if (!table) table = std::make_unique<EngineTable>(loop, settings_);
  return *table;
}

}  // namespace dialogue::transport
