// Restrictions of the token are reported first, so that an answer reveals nothing about rooms that are not for its bearer.
#include "server/core/room/permission.hpp"

#include <string>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::core {
namespace {

Error forbidden(std::string words) { return {ErrorCode::forbidden, std::move(words), {}}; }

std::optional<Error> publish_refusal(const PermissionQuery& query, const RoomRules& rules, const CatalogueView& catalogue) {
  const auto event = catalogue.find_event(query.event);
  if (!event) return Error{ErrorCode::event_unknown, query.event, {}};
  if (!rules.slot_of(*event)) return Error{ErrorCode::event_not_allowed, query.event, {}};
  if (auto missing = missing_publish_right(rules.definition, query.room_id, query.event, *query.identity))
    return forbidden(std::move(*missing));
  return std::nullopt;
}

}  // namespace

std::optional<Error> transport_refusal(const RoomRules& rules, TransportKind transport) {
  if (rules.transports.has(transport)) return std::nullopt;
  return forbidden("the room is not served over " + std::string(transport_row(transport).title));
}

std::optional<Error> join_refusal(const Join& join, const RoomRules& rules, const CatalogueView& catalogue) {
  if (auto refused = transport_refusal(rules, join.transport)) return refused;
  if (!join.trusted && !join.continues)
    if (auto missing = missing_right(rules.definition, join.room_id, Right::join, *join.identity))
      return forbidden(std::move(*missing));
  if (join.events && !join.may_be_unlisted)
    if (const auto unlisted = rules.first_unlisted(*join.events))
      return Error{ErrorCode::event_not_allowed, std::string(catalogue.event(*unlisted).name), {}};
  return std::nullopt;
}

std::optional<Error> refusal_of(const PermissionQuery& query, const RoomRules* rules, const CatalogueView& catalogue) {
  if (!is_name(query.room_id)) return Error{ErrorCode::name_invalid, {}, {}};
  const bool publishes = query.right == Right::publish;
  auto missing = publishes ? missing_publish_in_token(query.room_id, query.event, *query.identity)
                           : missing_in_token(query.room_id, query.right, *query.identity);
  if (missing) return forbidden(std::move(*missing));
  if (rules == nullptr) return Error{ErrorCode::room_unknown, query.room_id, {}};
  if (auto refused = transport_refusal(*rules, query.transport)) return refused;
  if (publishes) return publish_refusal(query, *rules, catalogue);
  missing = missing_right(rules->definition, query.room_id, query.right, *query.identity);
  return missing ? std::optional(forbidden(std::move(*missing))) : std::nullopt;
}

SharedBytes permission_frame(std::uint64_t req, const std::optional<Error>& refusal) {
  JsonText result;
  result.flag("allowed", !refusal);
  if (refusal) {
    const bool is_right = refusal->code == ErrorCode::forbidden;
    result.text("reason", is_right ? refusal->argument : error_message(refusal->code, refusal->argument));
  }
  return reply_frame(req, result.take());
}

}  // namespace dialogue::core
