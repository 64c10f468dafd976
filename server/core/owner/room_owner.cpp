// Which shard message needs what: a room, its log, a right; what is then done with publications and logs is done elsewhere.
#include "server/core/owner/room_owner.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/room/permission.hpp"
#include "server/core/util/whole_word.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {

RoomOwner::RoomOwner(const ShardConfig& config, ShardEffects& effects, RefusalTable& refusals)
    : windows(effects),
      config_(config),
      effects_(effects),
      rooms_(config, effects.shard(), effects.shard_count(), effects.metrics()),
      stores_(effects),
      retention_(config.catalogue, config.definitions),
      acting_(config, effects),
      documents_(config, effects, rooms_, stores_),
      sequencer_(config, retention_, documents_, effects, rooms_, stores_, windows, refusals,
                 {[this](Room& room) { open_log(room); }, [this](Room& room) { following_.look(room); }}),
      log_reader_(config, effects, rooms_, stores_),
      following_(effects, rooms_, stores_, log_reader_, sequencer_, [this](Room& room) { open_log(room); }),
      sweeper_(config, retention_, effects, rooms_, stores_),
      resume_slots_(rooms_, config.limits.slot_ttl_ms),
      idle_logs_(config.limits.memory_log_kept_ms, rooms_, stores_),
      making_(config, effects, rooms_, stores_),
      reports_(effects, rooms_),
      shares_(config, effects, rooms_, [this](Room& room) { reports_.changed(room); }),
      states_(effects, rooms_) {
  rooms_.when_freed([this](const Room& room) {
    states_.ended(room);
    following_.end(room);
    if (!sequencer_.is_durable(*room.rules())) idle_logs_.add(room, effects_.now().monotonic_ms);
  });
}

// --- Logs ---

void RoomOwner::open_log(Room& room) {
  if (room.log.phase == RoomLog::Phase::opening) return;
  room.log.phase = RoomLog::Phase::opening;
  stores_.open(sequencer_.is_durable(*room.rules()), room.key(),
               [this, number = room.number()](RoomOpened&& answer) { opened(number, std::move(answer)); });
}

void RoomOwner::opened(std::uint64_t number, RoomOpened&& answer) {
  Room* room = rooms_.find(number);
  if (room == nullptr) return;
  const ErrorCode code = error_of(answer.status);
  if (code != ErrorCode::ok || !documents_.has_documents(*room)) return opened(*room, std::move(answer), code);
  const bool is_durable = sequencer_.is_durable(*room->rules());
  const RoomLogState state{answer.state.epoch, answer.state.base, answer.state.head, 0, {}};
  documents_.load(*room, is_durable, state,
                  [this, shared = std::make_shared<RoomOpened>(std::move(answer))](Room& loaded, ErrorCode fault) {
                    opened(loaded, std::move(*shared), fault);
                  });
}

void RoomOwner::opened(Room& room, RoomOpened&& answer, ErrorCode code) {
  const std::uint64_t number = room.number();
  RoomLog& log = room.log;
  log.phase = code == ErrorCode::ok ? RoomLog::Phase::open : RoomLog::Phase::closed;
  if (code == ErrorCode::ok) {
    const bool is_another = log.epoch != 0 && log.epoch != answer.state.epoch;
    const std::uint64_t known = log.epoch == answer.state.epoch ? log.head : answer.state.head;
    // The log that its members know was lost. They reconnect, and JOINED reports the new log.
    if (is_another) post_to_members(effects_, room, [number] { return RoomEnded{number, ErrorCode::store_unavailable}; });
    log.epoch = answer.state.epoch;
    log.base = answer.state.base;
    log.head = answer.state.head;
    log.timestamp_ms = answer.state.timestamp_ms;
    log.producers.load(std::move(answer.state.producers), log.timestamp_ms != 0, effects_.steady_unix_ms());
    SteadyUnixClock& clock = effects_.clock();
    clock.saw(log.producers.oldest_use(clock.learnt_from_ms()));
    if (answer.clock_known_ms != 0) clock.saw(answer.clock_known_ms);
    log.is_foreign = false;
    sweeper_.watch(room);
    if (config_.shares_store) following_.opened(room, known);
    sequencer_.resume(room, is_another ? ErrorCode::store_unavailable : ErrorCode::ok);
  } else {
    effects_.log(LogLevel::error, "log_not_opened", {{"room", room.id()}, {"code", error_name(code)}});
    sequencer_.resume(room, code);
    if (config_.shares_store && room.size() > 0) following_.retry_later(room);
  }
  for (ShardMessageBody& message : std::exchange(room.waiting, {})) {
    if (code == ErrorCode::ok)
      effects_.post(effects_.shard(), std::move(message));
    else
      refuse(std::move(message), code);
  }
}

void RoomOwner::refuse(ShardMessageBody&& message, ErrorCode code) {
  const Error fault{code, {}, {}};
  if (const auto* join = std::get_if<Join>(&message)) refuse(*join, fault);
  if (const auto* publish = std::get_if<ServerPublish>(&message)) {
    note_refused(*publish, fault);
    effects_.answer(publish->call, publish_result(fault, {}));
  }
  answer_fault<HistoryQuery>(message, fault);
  answer_fault<DocumentQuery>(message, fault);
  if (const auto* compact = std::get_if<CompactDocument>(&message)) effects_.answer(compact->call, publish_result(fault, {}));
  if (const auto* remove = std::get_if<DeleteRoom>(&message)) effects_.answer(remove->call, code);
  if (const auto* publish = std::get_if<Publish>(&message))
    effects_.post(publish->from.shard, refusal_of(*publish, publish->refused ? *publish->refused : fault, kStoreRetryMs));
  if (auto* watch = std::get_if<WatchStates>(&message)) states_.refuse(*watch, fault);
  if (const auto* request = std::get_if<ReadLog>(&message)) {
    if (request->req != 0)
      effects_.post(request->from.shard,
                    HistoryResponse{request->from.connection, request->req, request->room, request->membership, fault});
    else
      effects_.post(request->from.shard,
                    LogPiece{{{request->from.connection, request->membership}}, request->room, code, 1, 0, {}});
  }
}

void RoomOwner::note_refused(const ServerPublish& publish, const Error& fault) {
  const RulesPtr rules = is_name(publish.room_id) ? rooms_.rules_of(publish.room_id) : nullptr;
  sequencer_.note_refused(fault, rules.get(), config_.catalogue.find_event(publish.event).value_or(kNoEvent));
}

void RoomOwner::handle(ReadLog&& request) {
  Room* room = rooms_.find(request.room);
  if (room == nullptr) {  // its members were notified that it has ended
    if (request.req != 0) refuse(std::move(request), ErrorCode::room_deleted);
    return;
  }
  if (is_open(*room, request)) log_reader_.handle(*room, sequencer_.is_durable(*room->rules()), std::move(request));
}

void RoomOwner::handle(HistoryQuery&& query) {
  if (passed_on(query.room_id, query) || making_.waits(query.room_id, query)) return;
  const RulesPtr rules = is_name(query.room_id) ? rooms_.rules_of(query.room_id) : nullptr;
  const Error unknown{ErrorCode::room_unknown, query.room_id, {}};
  if (!rules) return effects_.answer(query.call, HistoryQuery::Result{.fault = unknown, .records = {}});
  Room* room = rooms_.find(query.room_id);
  if (room == nullptr) return log_reader_.handle_unused(rules, sequencer_.is_durable(*rules), std::move(query));
  if (is_open(*room, query)) log_reader_.handle(*room, sequencer_.is_durable(*rules), std::move(query));
}

void RoomOwner::handle(DocumentQuery&& query) {
  if (passed_on(query.room_id, query) || making_.waits(query.room_id, query)) return;
  if (!is_name(query.room_id) || !rooms_.rules_of(query.room_id)) return refuse(std::move(query), ErrorCode::room_unknown);
  Room& room = rooms_.open(query.room_id, effects_.now().monotonic_ms);
  if (documents_.has_documents(room) && room.log.phase == RoomLog::Phase::open && room.log.share == 0 &&
      !DocumentKeeper::is_current(room))
    room.log.phase = RoomLog::Phase::closed;  // they are loaded with it
  if (!is_open(room, query)) return;
  if (room.log.share != 0) return room.after_append.emplace_back(std::move(query)), void();
  effects_.answer(query.call, documents_.read(room, query));
}

void RoomOwner::handle(CompactDocument&& compact) {
  if (passed_on(compact.room_id, compact) || making_.waits(compact.room_id, compact)) return;
  const RulesPtr rules = is_name(compact.room_id) ? rooms_.rules_of(compact.room_id) : nullptr;
  const auto event = config_.catalogue.find_event(compact.event);
  if (!rules) return refuse(std::move(compact), ErrorCode::room_unknown);
  if (!event || !rules->slot_of(*event) || !documents_.is_document(*event))
    return refuse(std::move(compact), ErrorCode::event_not_allowed);
  Room& room = rooms_.open(compact.room_id, effects_.now().monotonic_ms);
  if (is_open(room, compact)) sequencer_.compact(room, *event, std::move(compact));
}

void RoomOwner::handle(PermissionQuery&& query) {
  const RulesPtr rules = rooms_.rules_of(query.room_id);
  auto refusal = refusal_of(query, rules.get(), config_.catalogue);
  effects_.post(query.from.shard, PermissionResponse{query.from.connection, query.req, std::move(refusal)});
}

void RoomOwner::handle(DeliversTaken&& taken) {
  for (const std::uint64_t number : windows.take(taken))
    if (const Room* room = rooms_.find(number)) effects_.post(taken.by, LogGrew{number, room->log.head});
}

void RoomOwner::handle(Publish&& publish) {
  Room* room = rooms_.find(publish.room);
  if (room == nullptr) {
    const Error fault = publish.refused ? *publish.refused : Error{ErrorCode::room_deleted, {}, {}};
    return effects_.post(publish.from.shard, refusal_of(publish, fault, publish.retry_after_ms));
  }
  if (is_open(*room, publish)) sequencer_.publish(*room, std::move(publish));
}

void RoomOwner::handle(ServerPublish&& publish) {
  if (passed_on(publish.room_id, publish) || making_.waits(publish.room_id, publish)) return;
  const RulesPtr rules = is_name(publish.room_id) ? rooms_.rules_of(publish.room_id) : nullptr;
  PublishResult checked =
      rules ? sequencer_.check(publish, *rules) : publish_result({ErrorCode::room_unknown, publish.room_id, {}}, {});
  const bool is_refused = checked.fault.code != ErrorCode::ok, is_final = !error_row(checked.fault.code).retryable;
  if (is_refused && !(rules && publish.producer && publish.refusal_counts && is_final)) {
    note_refused(publish, checked.fault);
    return effects_.answer(publish.call, std::move(checked));
  }
  if (!is_refused && publish.as) return acting_.pass(std::move(publish), rules);
  Room& room = rooms_.open(publish.room_id, effects_.now().monotonic_ms);
  if (is_open(room, publish)) sequencer_.publish(room, std::move(publish), std::move(checked.fault));
}

void RoomOwner::handle(VolatileEvent&& volatile_event) {
  const Room* room = rooms_.find(volatile_event.room_id);
  const auto event = config_.catalogue.find_event(volatile_event.event);
  if (room == nullptr || !event) return;
  sequencer_.deliver(*room,
                     {0, volatile_event.timestamp_ms, *event, std::move(volatile_event.from), std::move(volatile_event.payload)});
}

void RoomOwner::handle(Leave&& leave) {
  if (Room* room = rooms_.find(leave.room)) {
    const std::uint64_t now_ms = effects_.now().monotonic_ms;
    room->dismiss(leave.from.shard);
    states_.left(*room, leave);
    if (leave.session.empty()) room->free_place();
    const bool changed =
        leave.session.empty() ? room->presence.leave(leave.identity->user_id) : resume_slots_.keep(*room, leave, now_ms);
    shares_.changed(*room);
    if (changed) reports_.changed(*room);
    rooms_.note_use(*room, now_ms);
  }
  if (leave.req != 0) effects_.post(leave.from.shard, LeaveResponse{leave.from.connection, leave.req, leave.room});
}

void RoomOwner::handle(CreateRoom&& create) {
  if (!passed_on(create.definition.id, create) && !making_.waits(create.definition.id, create)) making_.handle(std::move(create));
}

void RoomOwner::handle(DeleteRoom&& remove) {
  if (passed_on(remove.room_id, remove) || making_.waits(remove.room_id, remove)) return;
  Room* room = rooms_.find(remove.room_id);
  if (room == nullptr) return effects_.answer(remove.call, ErrorCode::room_unknown);
  if (!is_open(*room, remove)) return;
  sequencer_.erase(*room, [this, number = room->number(), remove](ErrorCode code) { erased(number, code, remove); });
}

void RoomOwner::erased(std::uint64_t number, ErrorCode code, const DeleteRoom& remove) {
  Room* room = rooms_.find(number);
  if (room == nullptr) code = ErrorCode::room_unknown;  // deleted twice
  if (code == ErrorCode::ok) end(*room);
  effects_.answer(remove.call, code);
}

void RoomOwner::handle(const RoomRemoved& removed) {
  Room* room = rooms_.find(removed.room_id);
  if (room != nullptr && rooms_.is_kept(removed.room_id)) end(*room);
}

void RoomOwner::end(Room& room) {
  const std::uint64_t number = room.number();
  post_to_members(effects_, room, [number] { return RoomEnded{number, ErrorCode::room_deleted}; });
  for (auto* const waiting : {&room.waiting, &room.after_append})
    for (ShardMessageBody& message : std::exchange(*waiting, {})) refuse(std::move(message), ErrorCode::room_deleted);
  sequencer_.resume(room, ErrorCode::room_deleted);
  following_.end(room);
  states_.ended(room);
  effects_.log(LogLevel::info, "room_deleted", {{"room", room.id()}});
  rooms_.erase(number);
}

void RoomOwner::handle(WatchStates&& watch) {
  if (passed_on(watch.room_id, watch) || making_.waits(watch.room_id, watch)) return;
  states_.handle(std::move(watch));
}

void RoomOwner::handle(MembersQuery&& query) {
  if (passed_on(query.room_id, query)) return;
  MembersQuery::Result result;
  if (!is_name(query.room_id) || !rooms_.rules_of(query.room_id))
    result.fault = {ErrorCode::room_unknown, query.room_id, {}};
  else if (const Room* room = rooms_.find(query.room_id))
    result.members = room->presence.users(query.page);
  effects_.answer(query.call, std::move(result));
}

void RoomOwner::handle(ForgetUser&& forget) {
  ForgetUser::Result result;
  for (const auto& [id, held] : rooms_.rooms()) {
    Room& room = *rooms_.find(held.number());
    ProducerTable& producers = room.log.producers;
    static_cast<void>(producers.forget_owner(forget.user_id + "\n"));
    static_cast<void>(producers.forget_owner("\nuser:" + forget.user_id + "\n"));
    if (resume_slots_.forget_user(room, forget.user_id, effects_.now().monotonic_ms)) presence_changed(room);
    states_.forget_user(room, forget.user_id);
    shares_.changed(room);
    if (is_room_naming(id, forget.user_id) && result.rooms.size() < kListEntriesMax) result.rooms.push_back(id);
  }
  effects_.answer(forget.call, std::move(result));
}

void RoomOwner::presence_changed(Room& room) {
  reports_.changed(room);
  shares_.changed(room);
}

std::uint64_t RoomOwner::tick() {
  const std::uint64_t now_ms = effects_.now().monotonic_ms;
  const std::uint64_t report_ms = reports_.tick(now_ms), share_ms = shares_.tick(now_ms), state_ms = states_.tick(now_ms),
                      follow_ms = following_.tick(now_ms);
  rooms_.free_idle(now_ms);
  const std::uint64_t unused_ms = idle_logs_.tick(now_ms);
  const std::uint64_t trim_ms = sweeper_.tick([this](const RoomRules& rules) { return sequencer_.is_durable(rules); });
  const std::uint64_t slot_ms = resume_slots_.tick(
      now_ms, [this](Room& room) { presence_changed(room); }, [this](Room& room) { shares_.changed(room); });
  return std::min({unused_ms, slot_ms, report_ms, share_ms, state_ms, follow_ms, rooms_.next_deadline(), trim_ms});
}

}  // namespace dialogue::core
