// How connections end: by a fault, a kick, a revocation or a drain, or since their peer is gone; and what of them ends with a
// right. See sessions.hpp.
#include <utility>

#include "server/core/connection/connection_report.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/session/sessions.hpp"
#include "server/core/util/reason.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kCrowdedRetryMinMs = 10'000,
                        kCrowdedRetrySpreadMs = 20'000;  ///< and who has too many connections for more

/// Whether a session that ends by this code keeps its places: the client could not help it.
Memberships::Loss loss_by(ErrorCode code) {
  if (code == ErrorCode::ping_timeout) return Memberships::Loss::silence;
  if (code == ErrorCode::token_expired) return Memberships::Loss::transport;
  return code == ErrorCode::slow_consumer || code == ErrorCode::replaced ? Memberships::Loss::transport : Memberships::Loss::none;
}

/// Whether the revocation may cover a token that is being judged. Its user may be unknown yet.
bool may_overtake(const Revocation& revocation, const Connection& connection) {
  const bool is_of_user = !connection.identity || revocation.user_id.empty() || revocation.user_id == connection.user_id();
  return is_of_user && connection.awaits_verdict();
}

}  // namespace

std::uint64_t Sessions::retry_after_ms(ErrorCode code) {
  if (code == ErrorCode::too_many_connections) return kCrowdedRetryMinMs + context_.random.below(kCrowdedRetrySpreadMs);
  return code == ErrorCode::rate_limited ? kFullRetryMinMs + context_.random.below(kFullRetrySpreadMs) : 0;
}

void Sessions::end(Connection& connection, const Error& fault, std::uint64_t retry_after_ms, Initiator by) {
  if (connection.state == SessionState::closing) return;
  connection.hello.reset();
  const bool was_ready = std::exchange(connection.state, SessionState::closing) == SessionState::ready;
  --open_count_;
  context_.fanout.flush_rooms_of(connection);
  leave_user(connection, was_ready ? loss_by(fault.code) : Memberships::Loss::none);
  context_.effects.send(connection.id, bye_frame(fault, retry_after_ms));
  context_.effects.close(connection.id, close_code_of_bye(error_row(fault.code)), error_name(fault.code));
  if (was_ready) {
    count_end(connection, metrics::index_of(fault.code));
    ConnectionDetail ended = ended_detail(connection, context_.effects, by, error_name(fault.code));
    if (fault.code == ErrorCode::denied_by_hook) ended.state.reason = fault.argument;
    context_.closed.add(std::move(ended));
    return leave_service(connection, error_name(fault.code), loss_by(fault.code));
  }
  count_turned_away(fault.code);
  context_.refusals.add("connect", fault, {}, kNoEvent, context_.effects.now().unix_ms);
  context_.effects.log(LogLevel::info, "turned_away",
                       {{"code", error_name(fault.code)},
                        {"reason", fault.argument},
                        {"address", connection.peer ? connection.peer->address : std::string()}});
}

void Sessions::count_end(const Connection& connection, std::size_t ending) const {
  context_.effects.metrics().count(metrics::Metric::connections_closed_total, ending);
  context_.effects.metrics().observe(metrics::Metric::connection_duration_seconds, connection.transport,
                                     context_.effects.ns_since(connection.opened_ns));
}

void Sessions::count_turned_away(ErrorCode code) const {
  using metrics::Metric, metrics::LimitKind;
  metrics::MetricCells& metrics = context_.effects.metrics();
  metrics.count(Metric::connections_refused_total, metrics::index_of(code));
  if (code == ErrorCode::server_full) metrics.count(Metric::limit_hits_total, LimitKind::connections);
  if (code == ErrorCode::too_many_connections) metrics.count(Metric::limit_hits_total, LimitKind::connections_per_user);
}

void Sessions::leave_service(Connection& connection, std::string_view reason, Memberships::Loss lost) {
  context_.ready_connections.remove(connection);
  connection.asked.reset();
  exchanges.end_all(connection);
  states.end_all(connection);
  connection.list.reset();
  memberships.abandon_all(connection, connection.keeps_places ? lost : Memberships::Loss::none);
  context_.effects.log(LogLevel::info, "disconnected",
                       {{"session", connection.session_id}, {"user", connection.user_id()}, {"reason", reason}});
  hooks_.on_disconnect(connection, reason);
}

void Sessions::gone(Connection& connection) {
  const SessionState was = std::exchange(connection.state, SessionState::closing);
  if (was != SessionState::closing) --open_count_;
  const auto lost =
      was != SessionState::ready || connection.said_goodbye ? Memberships::Loss::none : Memberships::Loss::transport;
  leave_user(connection, lost);
  if (was == SessionState::ready) {
    const std::string_view reason = connection.said_goodbye ? "closed" : "connection_lost";
    count_end(connection, connection.said_goodbye ? metrics::kEndedByClient : metrics::kEndedByNetwork);
    context_.closed.add(
        ended_detail(connection, context_.effects, connection.said_goodbye ? Initiator::client : Initiator::network, reason));
    leave_service(connection, reason, lost);
  }
  context_.connections.close(connection);
}

// Another user's connection is not ended: its client has another user now, or that one has its secret.
void Sessions::handle(ReplaceSession&& replaced) {
  Connection* connection = context_.connections.find(replaced.connection);
  const bool was_open = connection != nullptr && connection->state == SessionState::ready;
  const bool is_meant = was_open && connection->secret.view() == replaced.secret;
  const bool is_own = is_meant && connection->user_id() == replaced.user_id;
  if (is_own) end(*connection, {ErrorCode::replaced, {}, {}});
  if (replaced.enter) return context_.effects.post(replaced.from.shard, std::move(*replaced.enter));
  if (is_meant && !is_own) connection->keeps_places = false;
  if ((!was_open || is_own) && context_.requests.keep_behind(replaced.connection, {}, replaced)) return;
  context_.effects.post(replaced.from.shard, SessionReplaced{replaced.from.connection});
}

std::size_t Sessions::kick(const Kick& kick) {
  const Error fault{ErrorCode::denied_by_hook, bounded_reason(kick.reason), {}};
  std::vector<Connection*> connections = context_.ready_connections.of_user(kick.user_id);
  if (context_.ready_connections.size() < open_count_)
    context_.connections.for_each([&](Connection& connection) {
      if (connection.state != SessionState::identifying) return;
      if (!connection.identity) connection.pending_verdicts().kicked_meanwhile.push_back({kick.user_id, fault.argument});
      if (connection.user_id() == kick.user_id) connections.push_back(&connection);
    });
  for (Connection* connection : connections) end(*connection, fault);
  return connections.size();
}

std::size_t Sessions::revoke(const Revocation& revocation) {
  std::size_t count = 0;
  context_.connections.for_each([&](Connection& connection) {
    if (connection.state == SessionState::ready && is_covered(*connection.identity, revocation)) {
      ++count;
      return end(connection, {end_by(connection.identity->token.get(), revocation), {}, {}});
    }
    if (connection.state == SessionState::ready) memberships.end_revoked(connection, revocation);
    if (may_overtake(revocation, connection)) connection.pending_verdicts().revoked_meanwhile.push_back(revocation);
  });
  return count;
}

void Sessions::judge(Connection& connection) {
  if (!connection.verdicts || !connection.verdicts->judged) return;
  const std::shared_ptr<const Identity> before = std::exchange(connection.verdicts->judged, nullptr);
  connection.verdict_used();
  if (connection.state != SessionState::ready) return;
  memberships.judge(connection, before);
  static_cast<void>(memberships.take_lost_history());
  states.end_forbidden(connection);
  exchanges.end_heads(connection);
}

void Sessions::drain(const DrainStarted& drain) {
  draining_ = true;
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
  settle_by_ms_ = drain.settle_ms < kNever - now_ms ? now_ms + drain.settle_ms : kNever;
  std::size_t unsettled = 0;
  context_.connections.for_each([&](const Connection& connection) { unsettled += connection.has_in_flight() ? 1 : 0; });
  slots_ = ReconnectSlots(drain, context_.effects.shard(), context_.effects.shard_count(), open_count_, unsettled, now_ms);
  context_.connections.for_each([&](Connection& connection) {
    connection.draining = true;
    if (!connection.has_in_flight()) end_drained(connection, false);
  });
}

// What they have no answer for they send again once they are back.
std::uint64_t Sessions::end_unsettled() {
  if (context_.effects.now().monotonic_ms < settle_by_ms_) return settle_by_ms_;
  settle_by_ms_ = kNever;
  context_.connections.for_each([&](Connection& connection) { end_drained(connection, true); });
  return kNever;
}

void Sessions::end_drained(Connection& connection, bool is_unsettled) {
  if (connection.state == SessionState::closing) return;
  const Time now = context_.effects.now();
  const bool can_return = !transport_row(connection.transport).is_one_way;
  if (context_.config.drain_watch && connection.state == SessionState::ready)
    context_.config.drain_watch->notified(can_return ? connection.secret.view() : std::string_view(), now);
  end(connection, {ErrorCode::draining, {}, {}}, slots_.take(is_unsettled, now.monotonic_ms, context_.random));
}

}  // namespace dialogue::core
