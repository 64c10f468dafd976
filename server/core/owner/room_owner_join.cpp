// Joins at the room's owner: assigning places, and what a member must know. See room_owner.hpp.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/connection/session_secret.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/room/join_start.hpp"
#include "server/core/room/permission.hpp"

namespace dialogue::core {

void RoomOwner::refuse(const Join& join, Error fault) {
  shares_.give_back(join);
  effects_.post(
      join.from.shard,
      JoinResponse{join.from.connection, join.req, join.room_id, join.identity, {}, {}, std::move(fault), join.continues});
}

void RoomOwner::refuse_full(Join&& join, const RoomRules& rules) {
  const auto place = join.resumption ? place_of_session(join.resumption->holder(), effects_.shard_count()) : std::nullopt;
  if (place && !std::exchange(join.was_full, true)) return effects_.post(place->shard, std::move(join));
  effects_.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::room_size);
  refuse(join, {ErrorCode::room_full, std::to_string(*rules.definition.max_size), {}});
}

void RoomOwner::end_former_users(Room& room, const Join& join, const std::vector<Room::Slot>& taken) {
  for (const Room::Slot& slot : taken) {
    const std::string& before = slot.identity->user_id;
    if (before == join.identity->user_id) continue;
    states_.user_changed(room, join, before);
    end_presences(room, before, {slot});
  }
}

void RoomOwner::end_presences(Room& room, const std::string& user_id, const std::vector<Room::Slot>& taken) {
  for (const Room::Slot& slot : taken)
    if (slot.is_present && slot.identity->user_id == user_id && room.presence.leave(user_id)) presence_changed(room);
}

void RoomOwner::release_place(Join&& join) {
  Room* const room = rooms_.find(join.room_id);
  const std::vector<Room::Slot> taken = room != nullptr ? ResumeSlots::take_over(*room, join) : std::vector<Room::Slot>();
  if (!taken.empty()) {
    end_former_users(*room, join, taken);
    end_presences(*room, join.identity->user_id, taken);
    states_.joined(*room, join);
    states_.left(*room, {join.from, 0, room->number(), join.identity, {}});
    shares_.changed(*room);
    rooms_.note_use(*room, effects_.now().monotonic_ms);
  }
  refuse(join, {ErrorCode::ok, {}, {}});
}

void RoomOwner::handle(Join&& join) {
  if (passed_on(join.room_id, join)) return;
  if (join.is_release) return release_place(std::move(join));
  if (making_.waits(join.room_id, join)) return;
  Room* const existing = rooms_.find(join.room_id);
  if (join.continues && existing == nullptr) return refuse(join, {ErrorCode::not_joined, {}, {}});
  const RulesPtr rules = existing != nullptr ? existing->rules() : rooms_.rules_of(join.room_id);
  if (!rules) return refuse(join, {ErrorCode::room_unknown, join.room_id, {}});
  if (auto fault = join_refusal(join, *rules, config_.catalogue)) return refuse(join, std::move(*fault));
  if (join.continues) {
    if (!is_open(*existing, join)) return;
    if (existing->presence.show(join.identity)) reports_.changed(*existing);
    shares_.changed(*existing);
    return grant(*existing, std::move(join));
  }
  if (existing != nullptr && existing->is_full() && !ResumeSlots::has_place(*existing, join))
    return refuse_full(std::move(join), *rules);
  Room& room = existing != nullptr ? *existing : rooms_.open(join.room_id, effects_.now().monotonic_ms);
  if (!is_open(room, join)) return;
  const std::vector<Room::Slot> taken = ResumeSlots::take_over(room, join);
  if (taken.empty()) {
    const auto refuse_it = [&](Join&& refused) { refuse_full(std::move(refused), *rules); };
    if (room.is_full()) return refuse_it(std::move(join));
    if (shares_.claims(join, *rules, refuse_it)) return;
  }
  end_former_users(room, join, taken);
  states_.joined(room, join);
  const std::string user_id = join.identity->user_id;
  admit(room, std::move(join));
  end_presences(room, user_id, taken);
}

// A room that does not exist may exist when the application has answered: it may make it.
void RoomOwner::handle(JoinQuestion&& question) {
  if (making_.waits(question.join.room_id, question)) return;
  if (const RulesPtr rules = rooms_.rules_of(question.join.room_id))
    if (auto fault = join_refusal(question.join, *rules, config_.catalogue)) return refuse(question.join, std::move(*fault));
  const std::uint32_t asker = question.join.from.shard;
  effects_.post(asker, JoinPermitted{std::move(question.join)});
}

void RoomOwner::admit(Room& room, Join&& join) {
  room.admit(join.from.shard);
  if (join.has_place) ++room.places;
  shares_.changed(room);
  if (room.presence.join(join.identity)) reports_.changed(room);
  grant(room, std::move(join));
}

void RoomOwner::grant(Room& room, Join&& join) {
  const JoinStart start = start_of(join, room);
  if (join.start == JoinFrom::since) {
    effects_.metrics().count(metrics::Metric::recoveries_total, recovery_of(start.reason));
    effects_.metrics().observe(metrics::Metric::recovered_events, 0, room.log.head - std::min(room.log.head, start.after));
  }
  Admission admission;
  admission.room = room.number();
  admission.epoch = room.log.epoch;
  admission.start = start.after;
  admission.from = start.reason.empty() ? join.start : JoinFrom::last;
  admission.is_fresh = join.start == JoinFrom::last || (join.start == JoinFrom::tail && !join.continues);
  admission.head = room.log.head;
  admission.presence_clock = room.presence.clock();
  admission.rules = room.rules();
  admission.sees_members = !missing_right(room.rules()->definition, room.id(), Right::presence, *join.identity);
  admission.base = start.base;
  admission.history_from = first_readable(join.history_from, room.log.epoch, room.log.head);
  admission.room_name = room.name();
  admission.restart_reason = start.reason;
  admission.presence = room.presence.snapshot(admission.sees_members);
  effects_.post(join.from.shard,
                JoinResponse{join.from.connection, join.req, std::move(join.room_id), std::move(join.identity),
                             std::move(join.events), std::move(join.filter), std::move(admission), join.continues});
}

void RoomOwner::handle(const PlaceVerdict& verdict) {
  std::optional<Join> join = shares_.take(verdict);
  if (!join) return;
  if (verdict.is_granted) return handle(std::move(*join));
  const RulesPtr rules = rooms_.rules_of(verdict.room_id);
  if (!rules || !rules->definition.max_size) return refuse(*join, {ErrorCode::room_unknown, verdict.room_id, {}});
  refuse_full(std::move(*join), *rules);
}

}  // namespace dialogue::core
