// See connection_text.hpp.
#include "server/api/operations/connection_text.hpp"

#include <algorithm>
#include <array>

#include "shared/base/errors.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::api {
namespace {

constexpr std::array<std::string_view, 6> kDecisions = {"joined", "left", "refused", "lagging", "caught_up", "dropped"};
constexpr std::array<std::string_view, 4> kInitiators = {"server", "client", "network", "operator"};

std::string membership_text(const core::MembershipState& membership) {
  JsonText text;
  text.text("room", membership.room).number("epoch", membership.epoch).number("joinedAt", membership.joined_ms);
  text.number("started", membership.started).number("position", membership.position).number("head", membership.head);
  const std::uint64_t missing = membership.head - std::min(membership.head, membership.position);
  return text.number("behind", membership.is_lagging ? missing : 0).flag("lagging", membership.is_lagging).take();
}

std::string limit_text(const core::LimitState& limit) {
  JsonText text;
  text.text("name", limit.name).number("left", limit.left).number("limit", limit.limit);
  return text.number("windowMs", limit.window_ms).take();
}

std::string decision_text(const core::Decision& decision, const CatalogueView& catalogue) {
  JsonText text;
  text.number("at", decision.at_ms).text("what", kDecisions.at(static_cast<std::size_t>(decision.what)));
  if (!decision.room.empty()) text.text("room", decision.room);
  if (decision.event < catalogue.event_count()) text.text("event", catalogue.event(decision.event).name);
  if (decision.code != ErrorCode::ok) text.text("code", error_name(decision.code));
  if (decision.seq > 0) text.number("seq", decision.seq);
  return text.number("count", decision.count).take();
}

}  // namespace

JsonText connection_text(const core::ConnectionState& connection) {
  JsonText text;
  text.text("id", connection.session_id).text("user", connection.user_id);
  text.text("name", connection.name.empty() ? connection.user_id : connection.name);
  text.text("transport", transport_row(connection.transport).name).text("peer", connection.peer);
  text.number("since", connection.since_ms).number("rooms", connection.rooms).number("queuedBytes", connection.queued_bytes);
  text.number("behind", connection.behind).flag("lagging", connection.is_lagging);
  if (!connection.node.empty()) text.text("node", connection.node);
  if (connection.closed_ms == 0) return text;
  text.number("closedAt", connection.closed_ms).text("code", connection.code);
  text.text("initiator", kInitiators.at(static_cast<std::size_t>(connection.initiator)));
  if (!connection.reason.empty()) text.text("reason", connection.reason);
  return text;
}

std::string connection_detail_text(const core::ConnectionDetail& detail, const CatalogueView& catalogue) {
  JsonText text = connection_text(detail.state);
  text.raw("memberships", json_array(detail.memberships, membership_text))
      .raw("allowances", json_array(detail.limits, limit_text));
  const auto write = [&catalogue](const core::Decision& decision) { return decision_text(decision, catalogue); };
  return text.raw("decisions", json_array(detail.decisions, write)).take();
}

}  // namespace dialogue::api
