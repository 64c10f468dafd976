// Joins, leaves, and rooms that come and go; publications are in home_publish.cpp.
#include "server/core/home.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/core/access.hpp"
#include "server/core/frame_text.hpp"
#include "server/core/guarded.hpp"
#include "server/core/shard.hpp"
#include "shared/json_reader.hpp"

namespace dialogue {
namespace {

/// Why this join cannot be granted, existence of the room aside.
std::optional<Fault> refusal(const CatalogueView& catalogue, const RoomRules& rules, const Join& join) {
  if (!rules.on_websocket) return Fault{ErrorCode::forbidden, "the room is not served over WebSocket", {}};
  if (!join.trusted)
    if (auto missing = missing_grant(rules.definition.access, Right::join, *join.identity))
      return Fault{ErrorCode::forbidden, std::move(*missing), {}};
  if (join.events)
    if (const auto unlisted = rules.first_unlisted(*join.events))
      return Fault{ErrorCode::event_not_allowed, std::string(catalogue.event(*unlisted).name), {}};
  return std::nullopt;
}

/// What lies between the position that a join asked for and the room's head, in a room that keeps nothing to read again: why it
/// is not recovered, or empty.
std::string_view loss(const Join& join, const Room& room) {
  if (join.start == JoinFrom::last) return join.seq > 0 && room.head() > 0 ? "trimmed" : "";
  if (join.start == JoinFrom::tail) return "";
  if (join.epoch != room.epoch()) return "epoch_changed";
  if (join.seq == room.head()) return "";
  return join.seq < room.head() ? "trimmed" : "ahead";
}

SharedBytes joined_text(const Join& join, const Room& room, bool sees_members) {
  const std::string_view reason = loss(join, room);
  std::string object = "{\"roomId\":";
  append_json_string(object, room.id());
  object += ",\"name\":";
  append_json_string(object, room.name());
  if (const auto max_size = room.rules()->definition.max_size) object += ",\"maxSize\":" + std::to_string(*max_size);
  if (!reason.empty()) object.append(",\"reason\":\"").append(reason).append("\"");
  object += ",\"clock\":" + std::to_string(room.presence.clock()) + ',';
  room.presence.append_snapshot(object, sees_members);
  object += '}';
  return joined_frame({join.req, room.number(), room.epoch(), room.head() + 1, room.head(), reason.empty(), object});
}

}  // namespace

Home::Home(const ShardConfig& config, Outbox& outbox, SeededRandom& random)
    : config_(config),
      outbox_(outbox),
      rooms_(config, outbox.shard(), outbox.shard_count(), random),
      presence_due_(kPresenceFlushDelayMs) {}

void Home::handle(Join&& join) {
  const auto refuse = [this, &join](Fault fault) {
    outbox_.post(join.from.shard, JoinAnswer{join.from.connection, join.req, join.room_id, join.identity, {}, std::move(fault)});
  };
  const RulesPtr rules = rooms_.rules_of(join.room_id);
  if (!rules) return refuse({ErrorCode::room_unknown, join.room_id, {}});
  if (auto fault = refusal(config_.catalogue, *rules, join)) return refuse(std::move(*fault));
  if (const Room* room = rooms_.find(join.room_id); room != nullptr && room->is_full())
    return refuse({ErrorCode::room_full, std::to_string(*rules->definition.max_size), {}});
  admit(rooms_.open(join.room_id, outbox_.now().monotonic_ms), std::move(join));
}

void Home::admit(Room& room, Join&& join) {
  room.admit(join.from.shard);
  if (room.presence.join(join.identity)) presence_due_.push(room.number(), outbox_.now().monotonic_ms);
  const bool sees_members = !missing_grant(room.rules()->definition.access, Right::presence, *join.identity);
  Admission admission{room.number(),         room.epoch(), room.head(),
                      room.presence.clock(), room.rules(), joined_text(join, room, sees_members),
                      sees_members};
  outbox_.post(join.from.shard, JoinAnswer{join.from.connection, join.req, std::move(join.room_id), std::move(join.identity),
                                           std::move(join.events), std::move(admission)});
}

void Home::handle(Leave&& leave) {
  if (Room* room = rooms_.find(leave.room)) {
    const std::uint64_t now_ms = outbox_.now().monotonic_ms;
    room->dismiss(leave.from.shard);
    if (room->presence.leave(leave.identity->user_id)) presence_due_.push(room->number(), now_ms);
    rooms_.note_use(*room, now_ms);
  }
  if (leave.req != 0) outbox_.post(leave.from.shard, LeaveAnswer{leave.from.connection, leave.req, leave.room});
}

void Home::handle(CreateRoom&& create) {
  const std::uint32_t home = shard_of(create.definition.id, outbox_.shard_count());
  if (home != outbox_.shard()) return outbox_.post(home, std::move(create));
  const std::string id = create.definition.id;
  const ErrorCode code = rooms_.create(std::move(create.definition));
  if (code == ErrorCode::ok) outbox_.log(LogLevel::info, "room_created", {{"room", id}});
  call_done(outbox_, create.done, code);
}

void Home::handle(DeleteRoom&& remove) {
  const std::uint32_t home = shard_of(remove.room_id, outbox_.shard_count());
  if (home != outbox_.shard()) return outbox_.post(home, std::move(remove));
  const Room* room = rooms_.find(remove.room_id);
  if (room == nullptr) return call_done(outbox_, remove.done, ErrorCode::room_unknown);
  post_to_members(*room, [room] { return RoomEnded{room->number(), ErrorCode::room_deleted}; });
  rooms_.erase(room->number());
  outbox_.log(LogLevel::info, "room_deleted", {{"room", remove.room_id}});
  call_done(outbox_, remove.done, ErrorCode::ok);
}

std::vector<RoomInfo> Home::list(const Identity* asker) const {
  std::vector<RoomInfo> list;
  for (const auto& [id, room] : rooms_.rooms()) {
    const RoomRules& rules = *room.rules();
    if (asker == nullptr || (rules.on_websocket && !missing_grant(rules.definition.access, Right::join, *asker)))
      list.push_back(room.info());
  }
  return list;
}

void Home::flush_presence(Room& room) {
  const std::uint64_t clock = room.presence.clock();
  const std::string members = room.presence.take_change();
  const std::string occupancy = room.rules()->definition.access.presence ? room.presence.occupancy_change() : members;
  post_to_members(room, [&] {
    return PresenceChange{room.number(), clock, presence_frame(room.number(), clock, members),
                          presence_frame(room.number(), clock, occupancy)};
  });
}

std::uint64_t Home::tick() {
  const std::uint64_t now_ms = outbox_.now().monotonic_ms;
  while (const auto number = presence_due_.pop_due(now_ms))
    if (Room* room = rooms_.find(*number)) flush_presence(*room);
  rooms_.free_idle(now_ms);
  return std::min(presence_due_.next_deadline(), rooms_.next_deadline());
}

}  // namespace dialogue
