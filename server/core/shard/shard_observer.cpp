// Only ready connections count: the others are not authenticated yet, or have ended.
#include "server/core/shard/shard_observer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/core/connection/connection_report.hpp"
#include "server/core/messages/room_rules.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {
namespace {

/// Greatest first; equal ones by session.
bool is_before(std::uint64_t a, std::string_view a_id, std::uint64_t b, std::string_view b_id) {
  return a != b ? a > b : a_id < b_id;
}

bool is_on_page(const ObserveQuery& query, std::uint64_t value, std::string_view session_id) {
  return !query.after_value || is_before(*query.after_value, query.after_id, value, session_id);
}

bool is_in(const std::vector<MembershipState>& memberships, std::string_view room_id) {
  return room_id.empty() || std::any_of(memberships.begin(), memberships.end(),
                                        [room_id](const MembershipState& each) { return each.room == room_id; });
}

std::vector<Decision> decisions_of_room(std::vector<Decision> all, const std::string& room_id) {
  std::erase_if(all, [&](const Decision& each) { return each.room != room_id; });
  return all;
}

/// Up to when stays in the room may have ended of which the connection has no note, or not of their beginning; 0: it has all.
std::uint64_t forgotten_stays_ms(const ConnectionDetail& detail, const std::string& room_id) {
  if (detail.memberships.size() < detail.state.rooms && !is_in(detail.memberships, room_id))
    return detail.state.closed_ms;  // of those that ended, only some rooms are kept
  if (detail.forgotten_ms == 0) return 0;
  const auto first = std::find_if(detail.decisions.rbegin(), detail.decisions.rend(), [&](const Decision& each) {
    return each.room == room_id && (each.what == DecisionKind::joined || each.what == DecisionKind::left);
  });
  const bool has_begun_before = first != detail.decisions.rend() && first->what == DecisionKind::left;
  return has_begun_before ? std::max(first->at_ms, detail.forgotten_ms) : detail.forgotten_ms;
}

}  // namespace

void ShardObserver::reply(const Gather<ObserveQuery>& asked, Result&& result) {
  context_.effects.post(asked.reply_to, Collected{asked.number, std::move(result)});
}

void ShardObserver::handle(Gather<ObserveQuery>&& asked) {
  using What = ObserveQuery::What;
  ObserveQuery& query = asked.query;
  if (query.what == What::connection) return reply(asked, connection(query));
  if (query.what == What::end) return reply(asked, end(query));
  if (query.what == What::member) return reply(asked, members(query));
  if (query.what == What::refusals) return reply(asked, {.refusals = context_.refusals.rows()});
  if (query.what == What::rooms) return reply(asked, {.rooms = owner_.busiest()});
  if (query.is_closed) return reply(asked, closed(query));
  Scan scan{std::move(asked)};
  const bool is_first_taken = scans_.empty() || !scan.asked.query.user_id.empty();  // most users' lists have one part
  if (is_first_taken && !take_part(scan)) return reply(scan.asked, rows_of(scan));
  const bool is_erasure = scan.asked.query.what == What::forget;  // one at a time
  if (scans_.size() >= kScansMax && !is_erasure) return reply(scan.asked, {.is_busy = true});
  scans_.push_back(std::move(scan));
  if (scans_.size() == 1) context_.effects.post_for_later(ScanOn{});
}

void ShardObserver::handle(const ScanOn&) {
  if (scans_.empty()) return;
  if (!take_part(scans_.front())) {
    reply(scans_.front().asked, rows_of(scans_.front()));
    scans_.pop_front();
  }
  if (!scans_.empty()) context_.effects.post_for_later(ScanOn{});
}

bool ShardObserver::forget_part(Scan& scan) const {
  const std::string& user_id = scan.asked.query.user_id;
  context_.connections.visit(scan.next, kScanPart, [&](Connection& connection) {
    if (connection.decisions) connection.decisions->forget_user(user_id);
  });
  scan.next += kScanPart;
  if (scan.next < context_.connections.slots()) return true;
  context_.closed.forget_user(user_id);
  context_.refusals.forget_user(user_id);
  return false;
}

bool ShardObserver::take_part(Scan& scan) const {
  if (scan.asked.query.what == ObserveQuery::What::forget) return forget_part(scan);
  if (scan.asked.query.what == ObserveQuery::What::receipts) {
    context_.connections.visit(scan.next, kScanPart, [&](Connection& connection) { context_.receipts.note_rooms(connection); });
    context_.receipts.flush();
    scan.next += kScanPart;
    return scan.next < context_.connections.slots();
  }
  const auto look = [&](const Connection& connection) { look_at(connection, scan); };
  const std::string& user_id = scan.asked.query.user_id;
  if (!user_id.empty()) return context_.ready_connections.visit_user(user_id, scan.after, kScanPart, look);
  context_.connections.visit(scan.next, kScanPart, look);
  scan.next += kScanPart;
  return scan.next < context_.connections.slots();
}

void ShardObserver::look_at(const Connection& connection, Scan& scan) const {
  const ObserveQuery& query = scan.asked.query;
  if (connection.state != SessionState::ready) return;
  const bool is_in_room =
      query.room_id.empty() || std::any_of(connection.memberships.begin(), connection.memberships.end(),
                                           [&](const Membership& each) { return each.local->id == query.room_id; });
  if (!is_in_room) return;
  const std::uint64_t value = sort_value(connection, query.sort);
  if (!is_on_page(query, value, connection.session_id.view())) return;
  const auto is_first = [](const Found& a, const Found& b) { return is_before(a.value, a.session, b.value, b.session); };
  const Found found{value, connection.id, connection.session_id};
  if (scan.best.size() >= query.limit) {  // the last of them is at the front of the heap
    if (query.limit == 0 || !is_first(found, scan.best.front())) return;
    std::pop_heap(scan.best.begin(), scan.best.end(), is_first);
    scan.best.pop_back();
  }
  scan.best.push_back(found);
  std::push_heap(scan.best.begin(), scan.best.end(), is_first);
}

ShardObserver::Result ShardObserver::rows_of(const Scan& scan) const {
  Result result;
  if (scan.asked.query.what == ObserveQuery::What::forget)
    return {.count = context_.ready_connections.of_user(scan.asked.query.user_id).size()};
  for (const Found& found : scan.best) {
    const Connection* connection = context_.connections.find(found.id);
    if (connection != nullptr && connection->state == SessionState::ready)
      result.connections.push_back(state_of(*connection, context_.effects.now()));
  }
  return result;
}

ShardObserver::Result ShardObserver::closed(const ObserveQuery& query) const {
  Result result;
  context_.closed.for_each([&](const ConnectionDetail& each) {
    const ConnectionState& state = each.state;
    if ((query.user_id.empty() || state.user_id == query.user_id) && is_in(each.memberships, query.room_id) &&
        is_on_page(query, sort_value(state, query.sort, true), state.session_id))
      result.connections.push_back(state);
  });
  const auto is_first = [&](const ConnectionState& a, const ConnectionState& b) {
    return is_before(sort_value(a, query.sort, true), a.session_id, sort_value(b, query.sort, true), b.session_id);
  };
  std::sort(result.connections.begin(), result.connections.end(), is_first);
  if (result.connections.size() > query.limit) result.connections.resize(query.limit);
  return result;
}

ShardObserver::Result ShardObserver::connection(const ObserveQuery& query) const {
  Result result;
  for (const Connection* each : context_.ready_connections.of_session(query.session_id))
    result.details.push_back(detail_of(*each, context_.config, context_.effects));
  context_.closed.for_each([&](const ConnectionDetail& each) {
    if (result.details.empty() && each.state.session_id == query.session_id) result.details.push_back(each);
  });
  return result;
}

ShardObserver::Result ShardObserver::end(const ObserveQuery& query) {
  Result result;
  const std::string reason = query.reason.empty() ? std::string() : ": " + query.reason;
  const Error fault{ErrorCode::denied_by_hook, bounded_reason("an operator ended this connection" + reason), {}};
  for (Connection* each : context_.ready_connections.of_session(query.session_id)) {
    sessions_.end(*each, fault, 0, Initiator::operator_);
    ++result.count;
  }
  return result;
}

ShardObserver::Result ShardObserver::members(const ObserveQuery& query) const {
  Result result;
  const auto event = context_.config.catalogue.find_event(query.event);
  const auto add = [&](const ConnectionDetail& detail) -> MemberEvidence& {
    MemberEvidence& found = result.members.emplace_back();
    found.session_id = detail.state.session_id;
    found.is_open = detail.state.closed_ms == 0;
    found.closed_ms = detail.state.closed_ms;
    found.queued_bytes = detail.state.queued_bytes;
    found.decisions = decisions_of_room(detail.decisions, query.room_id);
    found.forgotten_ms = forgotten_stays_ms(detail, query.room_id);
    for (const MembershipState& each : detail.memberships) {
      if (each.room != query.room_id) continue;
      found.is_member = true;
      found.is_lagging = each.is_lagging;
      found.epoch = each.epoch;
      found.joined_ms = each.joined_ms;
      found.started = each.started;
      found.position = each.taken;
      found.told = each.position;
      found.head = each.head;
      found.from = each.from;
      found.selection = each.selection;
      found.selected_at = each.selected_at;
    }
    return found;
  };
  InlineText<kSessionIdDigits> after;
  result.has_more = context_.ready_connections.visit_user(query.user_id, after, kMembersAskedMax, [&](Connection& each) {
    MemberEvidence& found = add(detail_of(each, context_.config, context_.effects));
    const Membership* membership = each.membership_in(query.room_id);
    if (membership == nullptr || !event) return;
    const Member& member = member_of(*membership);
    const auto slot = membership->local->rules->slot_of(*event);
    found.wants_event = slot && member.wants.contains(*slot);
    found.passes_filter = query.payload.empty() || context_.fanout.lets_through(member, *event, query.payload);
  });
  context_.closed.for_each([&](const ConnectionDetail& each) {
    if (each.state.user_id != query.user_id) return;
    if (result.members.size() < 2 * kMembersAskedMax)
      add(each);
    else
      result.has_more = true;
  });
  result.forgotten_ms = context_.closed.forgotten_ms();
  return result;
}

}  // namespace dialogue::core
