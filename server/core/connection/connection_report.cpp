// See connection_report.hpp. A member that receives its rooms' events immediately is not lagging: the sequences that it was not
// notified of yet are a skip that waits for the next frame.
#include "server/core/connection/connection_report.hpp"

#include <algorithm>

#include "server/core/connection/fanout.hpp"
#include "server/core/observe/closed_connections.hpp"

namespace dialogue::core {
namespace {

std::uint64_t behind_of(const Membership& membership) {
  const Member& member = member_of(membership);
  const std::uint64_t head = membership.local->head;
  return member.behind ? head - std::min(head, member.position) : 0;
}

std::uint64_t behind_of(const Connection& connection) {
  std::uint64_t behind = 0;
  for (const Membership& each : connection.memberships) behind = std::max(behind, behind_of(each));
  return behind;
}

std::uint64_t since_ms(const Connection& connection, Time now) {
  constexpr std::uint64_t kNsPerMs = 1'000'000;
  const std::uint64_t age_ms = (now.monotonic_ns - std::min(now.monotonic_ns, connection.opened_ns)) / kNsPerMs;
  return now.unix_ms - std::min(now.unix_ms, age_ms);
}

std::uint64_t opened_us(const Connection& connection) {
  constexpr std::uint64_t kNsPerUs = 1000;
  return connection.opened_ns / kNsPerUs;
}

void add_limit(std::vector<LimitState>& all, std::string_view name, const RateMeter& meter, const std::optional<RateLimit>& limit,
               std::uint64_t now_ms) {
  if (limit && limit->max_events > 0)
    all.push_back({std::string(name), meter.left(*limit, now_ms), limit->max_events, limit->window_ms});
}

/// Without a ring, a connection reports only its joins. Those are kept in whole seconds, so that one may look older than its
/// connection.
std::vector<Decision> decisions_of(const Connection& connection, const std::vector<MembershipState>& memberships,
                                   const ShardEffects& effects) {
  std::vector<Decision> all;
  if (connection.decisions) all = connection.decisions->newest_first();
  const bool is_all_taken = connection.unsent.bytes(effects.turn()) == 0;
  for (Decision& each : all) {
    each.at_ms = std::max(each.at_ms, since_ms(connection, effects.now()));
    if (is_all_taken) each.taken = each.seq;
  }
  if (connection.decisions) return all;
  for (auto each = memberships.rbegin(); each != memberships.rend() && all.size() < kDecisionsKept; ++each)
    all.push_back({each->joined_ms, each->started, DecisionKind::joined, ErrorCode::ok, kNoEvent, 1, each->room, each->epoch});
  return all;
}

void add_decisions(ConnectionDetail& detail, const Connection& connection, const ShardEffects& effects) {
  detail.decisions = decisions_of(connection, detail.memberships, effects);
  if (connection.decisions) detail.forgotten_ms = connection.decisions->forgotten_ms();
}

}  // namespace

std::uint64_t sort_value(const Connection& connection, ConnectionSort sort) {
  switch (sort) {
    case ConnectionSort::queued:
      return connection.unsent.left();
    case ConnectionSort::rooms:
      return connection.memberships.size();
    case ConnectionSort::age:
      return kSafeIntegerMax - std::min<std::uint64_t>(opened_us(connection), kSafeIntegerMax);
    default:
      return behind_of(connection);
  }
}

ConnectionState state_of(const Connection& connection, Time now) {
  const Identity& identity = *connection.identity;
  ConnectionState state;
  state.session_id = connection.session_id.view();
  state.user_id = identity.user_id;
  state.name = identity.name;
  state.peer = connection.address.view();
  state.transport = connection.transport;
  state.since_ms = since_ms(connection, now);
  state.opened_us = opened_us(connection);
  state.queued_bytes = connection.unsent.left();
  state.behind = behind_of(connection);
  state.rooms = connection.memberships.size();
  state.is_lagging = std::any_of(connection.memberships.begin(), connection.memberships.end(),
                                 [](const Membership& each) { return member_of(each).behind; });
  return state;
}

std::vector<MembershipState> memberships_of(const Connection& connection, std::size_t max, const ShardEffects& effects) {
  std::vector<MembershipState> all;
  for (const Membership& each : connection.memberships) {
    if (all.size() == max) break;
    const LocalRoom& room = *each.local;
    const Member& member = member_of(each);
    const std::uint64_t joined_ms = std::max(each.joined_s * kMsPerSecond, since_ms(connection, effects.now()));
    all.push_back({room.id, room.epoch, joined_ms, each.started, member.position, room.head, member.behind,
                   taken_of(connection, each, effects.turn()), each.from, member.selection, member.selected_at});
  }
  return all;
}

ConnectionDetail detail_of(const Connection& connection, const ShardConfig& config, const ShardEffects& effects) {
  const Time now = effects.now();
  ConnectionDetail detail{
      state_of(connection, now), memberships_of(connection, connection.memberships.size(), effects), {}, {}, 0};
  const Definitions& definitions = config.definitions;
  add_limit(detail.limits, "joins", connection.joined, per_second(definitions.client_limits.joins_per_second), now.monotonic_ms);
  add_limit(detail.limits, "reads", connection.reads, read_limit(config), now.monotonic_ms);
  if (connection.allowance) {
    add_limit(detail.limits, "publications", connection.allowance->published(), definitions.rate_limit_global, now.monotonic_ms);
    add_limit(detail.limits, "bytes", connection.allowance->bytes(), per_second(definitions.client_limits.bytes_per_second),
              now.monotonic_ms);
  }
  add_decisions(detail, connection, effects);
  return detail;
}

ConnectionDetail ended_detail(const Connection& connection, const ShardEffects& effects, Initiator initiator,
                              std::string_view code) {
  ConnectionDetail detail{
      state_of(connection, effects.now()), memberships_of(connection, kClosedMembershipsKept, effects), {}, {}, 0};
  detail.state.closed_ms = effects.now().unix_ms;
  detail.state.initiator = initiator;
  detail.state.code = code;
  add_decisions(detail, connection, effects);
  return detail;
}

}  // namespace dialogue::core
