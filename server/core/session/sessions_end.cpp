// How connections end: by a fault, a kick, a revocation or a drain, or since their peer is gone. See sessions.hpp.
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/session/sessions.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kCrowdedRetryMinMs = 10'000,
                        kCrowdedRetrySpreadMs = 20'000;              ///< and who has too many connections for more
constexpr std::uint16_t kCloseInternal = 1011, kClosePolicy = 1008;  ///< RFC 6455 section 7.4.1

/// The code's own close code; codes that usually leave a connection open end it for good, or for a while when a retry may help.
std::uint16_t close_code_of(ErrorCode code) {
  const ErrorRow& row = error_row(code);
  if (row.close_code != 0) return row.close_code;
  return row.retryable ? kCloseInternal : kClosePolicy;
}

/// Whether a session that ends by this code keeps its places: the client could not help it.
Memberships::Loss loss_by(ErrorCode code) {
  if (code == ErrorCode::ping_timeout) return Memberships::Loss::silence;
  if (code == ErrorCode::token_expired) return Memberships::Loss::transport;
  return code == ErrorCode::slow_consumer || code == ErrorCode::replaced ? Memberships::Loss::transport : Memberships::Loss::none;
}

}  // namespace

std::uint64_t Sessions::retry_after_ms(ErrorCode code) {
  if (code == ErrorCode::too_many_connections) return kCrowdedRetryMinMs + context_.random.below(kCrowdedRetrySpreadMs);
  return code == ErrorCode::rate_limited ? kFullRetryMinMs + context_.random.below(kFullRetrySpreadMs) : 0;
}

void Sessions::end(Connection& connection, const Error& fault, std::uint64_t retry_after_ms) {
  if (connection.state == SessionState::closing) return;
  connection.hello.reset();
  const bool was_ready = std::exchange(connection.state, SessionState::closing) == SessionState::ready;
  --open_count_;
  context_.fanout.flush_rooms_of(connection);
  leave_user(connection, was_ready ? loss_by(fault.code) : Memberships::Loss::none);
  context_.effects.send(connection.id, bye_frame(fault, retry_after_ms));
  context_.effects.close(connection.id, close_code_of(fault.code), error_name(fault.code));
  if (was_ready)
    leave_service(connection, error_name(fault.code), loss_by(fault.code));
  else
    context_.effects.log(LogLevel::info, "turned_away",
                         {{"code", error_name(fault.code)},
                          {"reason", fault.argument},
                          {"address", connection.peer ? connection.peer->address : std::string()}});
}

void Sessions::leave_service(Connection& connection, std::string_view reason, Memberships::Loss lost) {
  context_.greeted.remove(connection);
  connection.asked.reset();
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
  if (was == SessionState::ready) leave_service(connection, connection.said_goodbye ? "closed" : "connection_lost", lost);
  context_.connections.close(connection);
}

std::size_t Sessions::kick(std::string_view user_id, const std::string& reason) {
  const std::vector<Connection*> connections = context_.greeted.of_user(user_id);
  for (Connection* connection : connections) end(*connection, {ErrorCode::denied_by_hook, bounded_reason(reason), {}});
  return connections.size();
}

std::size_t Sessions::revoke(const Revocation& revocation) {
  std::size_t count = 0;
  context_.connections.for_each([&](Connection& connection) {
    if (connection.state == SessionState::ready && is_covered(*connection.identity, revocation)) {
      ++count;
      return end(connection, {ErrorCode::token_revoked, {}, {}});
    }
    if (connection.state == SessionState::ready) memberships.end_revoked(connection, revocation);
    if (connection.awaits_verdict()) connection.revoked_meanwhile.push_back(revocation);
  });
  return count;
}

void Sessions::drain(std::uint64_t spread_ms) {
  draining_ = true;
  drain_spread_ms_ = spread_ms;
  context_.connections.for_each([&](Connection& connection) {
    connection.draining = true;
    if (!connection.has_in_flight()) end(connection, {ErrorCode::draining, {}, {}}, context_.random.below(spread_ms));
  });
}

}  // namespace dialogue::core
