// See state_reports.hpp.
#include "server/core/presence/state_reports.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "server/core/access/access.hpp"
#include "server/core/connection/session_secret.hpp"
#include "server/core/room/permission.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {
namespace {

/// The rest waits for the next tick: a turn's decisions are in memory together.
constexpr std::size_t kStateReportsPerTickMax = 32;

std::optional<Error> watch_refusal(const WatchStates& watch, const RoomRules* rules) {
  if (rules == nullptr) return Error{ErrorCode::room_unknown, watch.room_id, {}};
  if (auto refused = transport_refusal(*rules, watch.transport)) return refused;
  if (auto missing = missing_right(rules->definition, watch.room_id, Right::presence, *watch.identity))
    return Error{ErrorCode::forbidden, std::move(*missing), {}};
  if (rules->state_entry == kNoEvent)
    return Error{ErrorCode::request_invalid, "the definition of room " + watch.room_id + " has no states", {}};
  return std::nullopt;
}

}  // namespace

void StateReports::refuse(const WatchStates& watch, const Error& fault) {
  effects_.post(watch.from.shard, StatesPage{watch.from.connection, watch.req, watch.room_id, fault, 0, 0, {}, nullptr});
}

void StateReports::handle(WatchStates&& watch) {
  Room* room = rooms_.find(watch.room_id);
  const RulesPtr rules = room != nullptr ? room->rules() : is_name(watch.room_id) ? rooms_.rules_of(watch.room_id) : nullptr;
  StatesPage answer{watch.from.connection, watch.req, watch.room_id, {}, 0, 0, {}, rules};
  if (auto fault = watch_refusal(watch, rules.get())) {
    answer.fault = std::move(*fault);
    return effects_.post(watch.from.shard, std::move(answer));
  }
  if (room == nullptr) room = &rooms_.open(watch.room_id, effects_.now().monotonic_ms);
  if (!room->states) room->states = std::make_unique<RoomStates>(*rules->definition.states, effects_.shard_count());
  answer.room = room->number();
  answer.clock = room->states->clock();
  answer.page = room->states->page(watch.after);
  room->states->watch(watch.from.shard);
  effects_.post(watch.from.shard, std::move(answer));
}

void StateReports::handle(const UnwatchStates& unwatch) {
  Room* room = rooms_.find(unwatch.room);
  if (room == nullptr || !room->states) return;
  room->states->unwatch(unwatch.shard);
  schedule(*room);
  rooms_.note_use(*room, effects_.now().monotonic_ms);
}

void StateReports::handle(SetState&& set) {
  Room* room = rooms_.find(set.room);
  if (room == nullptr || !room->rules()->definition.states) return;
  if (!room->states) room->states = std::make_unique<RoomStates>(*room->rules()->definition.states, effects_.shard_count());
  RoomStates& states = *room->states;
  if (set.state.empty()) {
    states.clear(set.from, set.identity->user_id);
  } else if (const auto outcome = states.set(set.from, set.identity, std::move(set.state));
             outcome != RoomStates::Outcome::done) {
    const std::string bound = outcome == RoomStates::Outcome::user_is_full
                                  ? std::to_string(kStatesPerUserMax) + " states of a user in a room"
                                  : std::to_string(kStatesPerRoomMax) + " states in a room";
    const Error fault{ErrorCode::too_many_states, bound, {}};
    return effects_.post(set.from.shard, StateRefused{set.from.connection, set.req, set.room, fault});
  }
  schedule(*room);
}

void StateReports::joined(Room& room, const Join& join) {
  if (!room.states || !join.resumption) return;
  room.states->take_over(line_of(join.resumption->lost), join.identity->user_id, join.from);
  schedule(room);
}

void StateReports::user_changed(Room& room, const Join& join, const std::string& before) {
  if (!room.states) return;
  room.states->forget_line(line_of(join.resumption->lost), before);
  schedule(room);
}

void StateReports::left(Room& room, const Leave& leave) {
  if (!room.states) return;
  const std::string& user_id = leave.identity->user_id;
  if (leave.may_return)
    room.states->lose(leave.from, user_id, leave.session, effects_.now().monotonic_ms);
  else
    room.states->clear(leave.from, user_id);
  schedule(room);
}

void StateReports::forget_user(Room& room, const std::string& user_id) {
  if (!room.states) return;
  room.states->forget_user(user_id);
  schedule(room);
}

void StateReports::ended(const Room& room) {
  if (!room.states) return;
  if (room.states->scheduled_ms != kNever) due_.erase({room.states->scheduled_ms, room.number()});
  for (std::uint32_t shard = 0; shard < effects_.shard_count(); ++shard)
    if (room.states->is_watched_by(shard)) effects_.post(shard, StatesEnded{room.number()});
}

void StateReports::schedule(Room& room) {
  RoomStates& states = *room.states;
  const std::uint64_t due_ms = states.due_ms();
  if (due_ms == states.scheduled_ms) return;
  if (states.scheduled_ms != kNever) due_.erase({states.scheduled_ms, room.number()});
  if (due_ms != kNever) due_.insert({due_ms, room.number()});
  states.scheduled_ms = due_ms;
}

void StateReports::report(Room& room, std::uint64_t now_ms) {
  RoomStates& states = *room.states;
  const std::string changes = states.take_report(now_ms);
  for (std::uint32_t shard = 0; shard < effects_.shard_count(); ++shard)
    if (states.is_watched_by(shard)) effects_.post(shard, StatesReport{room.number(), states.clock(), changes});
}

std::uint64_t StateReports::tick(std::uint64_t now_ms) {
  for (std::size_t i = 0; i < kStateReportsPerTickMax && !due_.empty() && due_.begin()->first <= now_ms; ++i) {
    const std::uint64_t number = due_.begin()->second;
    due_.erase(due_.begin());
    Room* room = rooms_.find(number);
    if (room == nullptr || !room->states) continue;
    room->states->scheduled_ms = kNever;
    room->states->expire(now_ms);
    if (room->states->has_report(now_ms)) report(*room, now_ms);
    schedule(*room);
  }
  return due_.empty() ? kNever : due_.begin()->first;
}

}  // namespace dialogue::core
