// See document_erasure.hpp.
#include "server/embed/erasure/document_erasure.hpp"

#include <set>

#include "server/core/access/identity.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "shared/base/names.hpp"

namespace dialogue {

// The server's own records have what is left of updates that went.
bool DocumentErasure::erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) const {
  std::set<std::string> documents;
  for (const EventDefinition& event : definitions_.events)
    if (!event.document.empty()) documents.insert(event.name);
  if (documents.empty() || shards_.shard_count() == 0) return true;
  std::set<std::string> rooms;
  const auto note = [&](const store::UserRecord& found) {
    if (found.record.event == core::kSnapshotEvent || documents.contains(found.record.event)) rooms.insert(found.room.room);
    return !is_cancelled();
  };
  bool is_done = true;
  for (const auto& each : stores_->all())
    for (const std::string& author : {user_id, std::string(core::kSystemUserId)})
      is_done = store::export_user(*each, author, note) == core::StoreStatus::ok && is_done;
  for (const std::string& room : rooms)
    for (const std::string& event : documents) is_done = compact(room, event, user_id) && is_done;
  return is_done && !is_cancelled();
}

core::Error DocumentErasure::prepare_room(const std::string& room) const {
  if (!is_name(room)) return {ErrorCode::room_unknown, "of this id", {}};
  shards_.await_start();
  core::HistoryQuery query;
  query.room_id = room;
  query.limit = 0;
  core::HistoryQuery::Result ended;
  ended.fault.code = ErrorCode::closed;
  const core::Error fault = shards_.result_of_owner(room, std::move(query), std::move(ended)).fault;
  if (fault.code != ErrorCode::ok) return fault;
  for (const EventDefinition& event : definitions_.events)
    if (!event.document.empty()) static_cast<void>(compact(room, event.name, {}));
  return fault;
}

bool DocumentErasure::compact(const std::string& room, const std::string& event, const std::string& erased_user) const {
  if (shards_.shard_count() == 0 || !is_name(room)) return true;
  core::PublishResult ended;
  ended.fault.code = ErrorCode::closed;
  const core::CompactDocument compacted{room, event, erased_user};
  const ErrorCode code = shards_.result_of_owner(room, compacted, std::move(ended)).fault.code;
  return code == ErrorCode::ok || code == ErrorCode::room_unknown || code == ErrorCode::event_not_allowed;
}

}  // namespace dialogue
