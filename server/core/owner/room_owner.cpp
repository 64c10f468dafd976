// Which shard message needs what: a room, its log, a right; what is then done with publications and logs is done elsewhere.
#include "server/core/owner/room_owner.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/connection/room_list.hpp"
#include "server/core/connection/session_secret.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/room/dynamic_room.hpp"
#include "server/core/room/permission.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::core {
namespace {

/// The rest has the next tick: what is decided at once is held in memory at once, and nobody else is heard meanwhile.
constexpr std::size_t kPresenceRoomsPerTickMax = 32;

/// Why this join cannot be granted, existence of the room aside.
std::optional<Error> refusal(const CatalogueView& catalogue, const RoomRules& rules, const Join& join) {
  if (auto refused = transport_refusal(rules, join.transport)) return refused;
  if (!join.trusted)
    if (auto missing = missing_right(rules.definition, join.room_id, Right::join, *join.identity))
      return Error{ErrorCode::forbidden, std::move(*missing), {}};
  if (join.events && !join.may_be_unlisted)
    if (const auto unlisted = rules.first_unlisted(*join.events))
      return Error{ErrorCode::event_not_allowed, std::string(catalogue.event(*unlisted).name), {}};
  return std::nullopt;
}

metrics::Recovery recovery_of(std::string_view reason) {
  const auto& reasons = metrics::kRecoveryReasons;
  const auto found = std::find(reasons.begin(), reasons.end(), reason);
  return found == reasons.end() ? metrics::Recovery::recovered : static_cast<metrics::Recovery>(found - reasons.begin());
}

/// Where a member's reading begins, and why that is not where it asked for.
struct Start {
  std::uint64_t after = 0, base = 1;
  std::string_view reason;
};

Start start_of(const Join& join, const Room& room) {
  const RoomLog& log = room.log;
  if (join.start == JoinFrom::tail) return {log.head, log.base, {}};
  const bool may_read = join.trusted || !missing_right(room.rules()->definition, room.id(), Right::history, *join.identity);
  if (!may_read) {
    const bool misses = join.start == JoinFrom::since && (join.epoch != log.epoch || join.seq != log.head);
    return {log.head, log.head + 1, misses ? "forbidden" : ""};
  }
  if (join.start == JoinFrom::last) return {std::max(log.base - 1, log.head - std::min(log.head, join.seq)), log.base, {}};
  if (join.epoch != log.epoch) return {log.base - 1, log.base, "epoch_changed"};
  if (join.seq > log.head) return {log.base - 1, log.base, "ahead"};
  if (join.seq < log.base - 1) return {log.base - 1, log.base, "trimmed"};
  return {join.seq, log.base, {}};
}

}  // namespace

RoomOwner::RoomOwner(const ShardConfig& config, ShardEffects& effects, RefusalTable& refusals)
    : windows(effects),
      config_(config),
      effects_(effects),
      rooms_(config, effects.shard(), effects.shard_count(), effects.metrics()),
      stores_(effects),
      retention_(config.catalogue, config.definitions),
      publications_(config, retention_, effects, rooms_, stores_, windows, refusals),
      reading_(config, effects, rooms_, stores_),
      trimming_(config, retention_, effects, rooms_, stores_),
      seats_(rooms_, config.limits.seat_kept_ms),
      unused_logs_(config.limits.memory_log_kept_ms, rooms_, stores_),
      presence_due_(kPresenceFlushDelayMs),
      rush_due_(kPresenceRushDelayMs),
      occupancy_due_(kOccupancyFlushDelayMs) {
  rooms_.when_freed([this](const Room& room) {
    if (!publications_.is_durable(*room.rules())) unused_logs_.add(room, effects_.now().monotonic_ms);
  });
}

// --- Logs ---

void RoomOwner::open_log(Room& room) {
  room.log.phase = RoomLog::Phase::opening;
  stores_.open(publications_.is_durable(*room.rules()), room.key(),
               [this, number = room.number()](RoomOpened&& answer) { opened(number, std::move(answer)); });
}

void RoomOwner::opened(std::uint64_t number, RoomOpened&& answer) {
  Room* room = rooms_.find(number);
  if (room == nullptr) return;
  const ErrorCode code = error_of(answer.status);
  RoomLog& log = room->log;
  log.phase = code == ErrorCode::ok ? RoomLog::Phase::open : RoomLog::Phase::closed;
  if (code == ErrorCode::ok) {
    const bool is_another = log.epoch != 0 && log.epoch != answer.state.epoch;
    // The log that its members know was lost under them. They come back, and JOINED tells them.
    if (is_another) post_to_members(effects_, *room, [number] { return RoomEnded{number, ErrorCode::store_unavailable}; });
    log.epoch = answer.state.epoch;
    log.base = answer.state.base;
    log.head = answer.state.head;
    log.timestamp_ms = answer.state.timestamp_ms;
    log.producers.load(std::move(answer.state.producers), log.timestamp_ms != 0, effects_.steady_unix_ms());
    SteadyUnixClock& clock = effects_.clock();
    clock.saw(log.producers.oldest_use(clock.learnt_from_ms()));
    if (answer.clock_known_ms != 0) clock.saw(answer.clock_known_ms);
    trimming_.watch(*room);
  } else {
    effects_.log(LogLevel::error, "log_not_opened", {{"room", room->id()}, {"code", error_name(code)}});
  }
  for (ShardMessageBody& message : std::exchange(room->waiting, {})) {
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
  if (const auto* query = std::get_if<HistoryQuery>(&message)) {
    HistoryQuery::Result result;
    result.fault = fault;
    effects_.answer(query->call, std::move(result));
  }
  if (const auto* remove = std::get_if<DeleteRoom>(&message)) effects_.answer(remove->call, code);
  if (const auto* publish = std::get_if<Publish>(&message)) {
    effects_.post(publish->from.shard, refusal_of(*publish, fault, kStoreRetryMs));
  }
  if (const auto* request = std::get_if<ReadLog>(&message)) {
    if (request->req != 0)
      effects_.post(request->from.shard, HistoryResponse{request->from.connection, request->req, fault});
    else
      effects_.post(request->from.shard, LogPiece{{request->from.connection}, request->room, code, 1, 0, {}});
  }
}

void RoomOwner::note_refused(const ServerPublish& publish, const Error& fault) {
  const RulesPtr rules = is_name(publish.room_id) ? rooms_.rules_of(publish.room_id) : nullptr;
  publications_.note_refused(fault, rules.get(), config_.catalogue.find_event(publish.event).value_or(kNoEvent));
}

void RoomOwner::handle(ReadLog&& request) {
  Room* room = rooms_.find(request.room);
  if (room == nullptr) {  // its members were told that it has ended
    if (request.req != 0) refuse(std::move(request), ErrorCode::room_deleted);
    return;
  }
  if (is_open(*room, request)) reading_.handle(*room, publications_.is_durable(*room->rules()), std::move(request));
}

void RoomOwner::handle(HistoryQuery&& query) {
  if (passed_on(query.room_id, query) || waits_for_making(query.room_id, query)) return;
  const RulesPtr rules = is_name(query.room_id) ? rooms_.rules_of(query.room_id) : nullptr;
  const Error unknown{ErrorCode::room_unknown, query.room_id, {}};
  if (!rules) return effects_.answer(query.call, HistoryQuery::Result{.fault = unknown, .records = {}});
  Room* room = rooms_.find(query.room_id);
  if (room == nullptr) return reading_.handle_unused(rules, publications_.is_durable(*rules), std::move(query));
  if (is_open(*room, query)) reading_.handle(*room, publications_.is_durable(*rules), std::move(query));
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
  if (room == nullptr) return effects_.post(publish.from.shard, refusal_of(publish, {ErrorCode::room_deleted, {}, {}}, 0));
  if (is_open(*room, publish)) publications_.publish(*room, std::move(publish));
}

void RoomOwner::handle(ServerPublish&& publish) {
  if (passed_on(publish.room_id, publish) || waits_for_making(publish.room_id, publish)) return;
  const RulesPtr rules = is_name(publish.room_id) ? rooms_.rules_of(publish.room_id) : nullptr;
  PublishResult checked =
      rules ? publications_.check(publish, *rules) : publish_result({ErrorCode::room_unknown, publish.room_id, {}}, {});
  const bool is_counted = rules && publish.producer && publish.refusal_counts;
  if (checked.fault.code != ErrorCode::ok && !is_counted) {
    note_refused(publish, checked.fault);
    return effects_.answer(publish.call, std::move(checked));
  }
  Room& room = rooms_.open(publish.room_id, effects_.now().monotonic_ms);
  if (is_open(room, publish)) publications_.publish(room, std::move(publish), std::move(checked.fault));
}

// --- Members ---

void RoomOwner::refuse(const Join& join, Error fault) {
  effects_.post(join.from.shard,
                JoinResponse{join.from.connection, join.req, join.room_id, join.identity, {}, {}, std::move(fault)});
}

void RoomOwner::refuse_full(Join&& join, const RoomRules& rules) {
  const auto place = join.resumption ? place_of_session(join.resumption->holder(), effects_.shard_count()) : std::nullopt;
  if (place && !std::exchange(join.was_full, true)) return effects_.post(place->shard, std::move(join));
  effects_.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::room_size);
  refuse(join, {ErrorCode::room_full, std::to_string(*rules.definition.max_size), {}});
}

void RoomOwner::handle(Join&& join) {
  if (passed_on(join.room_id, join)) return;
  if (waits_for_making(join.room_id, join)) return;
  Room* const existing = rooms_.find(join.room_id);
  const RulesPtr rules = existing != nullptr ? existing->rules() : rooms_.rules_of(join.room_id);
  if (!rules) return refuse(join, {ErrorCode::room_unknown, join.room_id, {}});
  if (auto fault = refusal(config_.catalogue, *rules, join)) return refuse(join, std::move(*fault));
  if (existing != nullptr && existing->is_full() && ResumeSlots::find(*existing, join) == nullptr)
    return refuse_full(std::move(join), *rules);
  Room& room = existing != nullptr ? *existing : rooms_.open(join.room_id, effects_.now().monotonic_ms);
  if (!is_open(room, join)) return;
  const ResumeSlots::Kept kept = seats_.take_over(room, join);
  if (kept == ResumeSlots::Kept::nothing && room.is_full()) return refuse_full(std::move(join), *rules);
  const std::string user_id = join.identity->user_id;
  admit(room, std::move(join));
  if (kept == ResumeSlots::Kept::place_and_presence && room.presence.leave(user_id)) presence_changed(room);
}

void RoomOwner::admit(Room& room, Join&& join) {
  const Start start = start_of(join, room);
  if (join.start == JoinFrom::since) {
    effects_.metrics().count(metrics::Metric::recoveries_total, recovery_of(start.reason));
    effects_.metrics().observe(metrics::Metric::recovered_events, 0, room.log.head - std::min(room.log.head, start.after));
  }
  room.admit(join.from.shard);
  if (room.presence.join(join.identity)) presence_changed(room);
  Admission admission;
  admission.room = room.number();
  admission.epoch = room.log.epoch;
  admission.start = start.after;
  admission.from = start.reason.empty() ? join.start : JoinFrom::last;
  admission.head = room.log.head;
  admission.presence_clock = room.presence.clock();
  admission.rules = room.rules();
  admission.sees_members = !missing_right(room.rules()->definition, room.id(), Right::presence, *join.identity);
  room.hides_members = room.hides_members || !admission.sees_members;
  admission.base = start.base;
  admission.room_name = room.name();
  admission.restart_reason = start.reason;
  admission.presence = room.presence.snapshot(admission.sees_members);
  effects_.post(join.from.shard, JoinResponse{join.from.connection, join.req, std::move(join.room_id), std::move(join.identity),
                                              std::move(join.events), std::move(join.filter), std::move(admission)});
}

void RoomOwner::handle(Leave&& leave) {
  if (Room* room = rooms_.find(leave.room)) {
    const std::uint64_t now_ms = effects_.now().monotonic_ms;
    room->dismiss(leave.from.shard);
    if (leave.session.empty()) room->free_seat();
    const bool changed =
        leave.session.empty() ? room->presence.leave(leave.identity->user_id) : seats_.keep(*room, leave, now_ms);
    if (changed) presence_changed(*room);
    rooms_.note_use(*room, now_ms);
  }
  if (leave.req != 0) effects_.post(leave.from.shard, LeaveResponse{leave.from.connection, leave.req, leave.room});
}

void RoomOwner::handle(CreateRoom&& create) {
  const std::string id = create.definition.id;
  if (passed_on(id, create) || waits_for_making(id, create)) return;
  ErrorCode code = rooms_.check(create.definition);
  KeptRoom kept{{{}, id}, made_room_text(create.definition)};
  if (code == ErrorCode::ok && !read_made_room(kept.definition)) code = ErrorCode::request_invalid;
  if (code != ErrorCode::ok || !config_.has_durable_store) return made(std::move(create), code);
  being_made_.try_emplace(id);
  stores_.define(std::move(kept), [this, create = std::move(create)](StoreStatus&& status) mutable {
    const auto waiting = being_made_.extract(create.definition.id);
    made(std::move(create), error_of(status));
    for (ShardMessageBody& message : waiting.mapped()) effects_.post(effects_.shard(), std::move(message));
  });
}

void RoomOwner::made(CreateRoom&& create, ErrorCode code) {
  const std::string id = create.definition.id;
  if (code == ErrorCode::ok) code = rooms_.create(std::move(create.definition));
  if (code == ErrorCode::ok) effects_.log(LogLevel::info, "room_created", {{"room", id}});
  effects_.answer(create.call, code);
}

void RoomOwner::handle(DeleteRoom&& remove) {
  if (passed_on(remove.room_id, remove) || waits_for_making(remove.room_id, remove)) return;
  Room* room = rooms_.find(remove.room_id);
  if (room == nullptr) return effects_.answer(remove.call, ErrorCode::room_unknown);
  if (!is_open(*room, remove)) return;
  publications_.erase(*room, [this, number = room->number(), remove](ErrorCode code) { erased(number, code, remove); });
}

void RoomOwner::erased(std::uint64_t number, ErrorCode code, const DeleteRoom& remove) {
  const Room* room = rooms_.find(number);
  if (room == nullptr) code = ErrorCode::room_unknown;  // deleted twice
  if (code == ErrorCode::ok) {
    post_to_members(effects_, *room, [number] { return RoomEnded{number, ErrorCode::room_deleted}; });
    for (ShardMessageBody& message : std::vector(std::move(rooms_.find(number)->waiting)))
      refuse(std::move(message), ErrorCode::room_deleted);
    rooms_.erase(number);
    effects_.log(LogLevel::info, "room_deleted", {{"room", remove.room_id}});
  }
  effects_.answer(remove.call, code);
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
  std::size_t forgotten = 0;
  for (const auto& [id, room] : rooms_.rooms()) {
    ProducerTable& producers = rooms_.find(room.number())->log.producers;
    forgotten += producers.forget_owner(forget.user_id + "\n") + producers.forget_owner("\nuser:" + forget.user_id + "\n");
  }
  effects_.answer(forget.call, forgotten);
}

std::vector<RoomRate> RoomOwner::busiest() {
  std::vector<RoomRate> all;
  for (const auto& [number, per_second] : publications_.rates()) {
    const Room* room = rooms_.find(number);
    if (room != nullptr) all.push_back({room->id(), room->size(), per_second});
    if (all.size() == kBusiestMax) break;
  }
  return all;
}

RoomsPart RoomOwner::list(const Identity* asker, TransportKind transport, const PageRange& page) const {
  const auto& rooms = rooms_.rooms();
  RoomsPart part;
  std::size_t hidden = 0;
  for (auto it = rooms.upper_bound(page.after); it != rooms.end() && part.rooms.size() < page.limit; ++it) {
    const auto& [id, room] = *it;
    const RoomRules& rules = *room.rules();
    if (asker == nullptr || (rules.transports.has(transport) && !missing_right(rules.definition, id, Right::join, *asker))) {
      part.rooms.push_back(room.info());
    } else if (++hidden == kHiddenRoomsMax) {
      part.stopped_at = id;
      break;
    }
  }
  return part;
}

DelayQueue<std::uint64_t>& RoomOwner::presence_queue_of(const Room& room) {
  if (!room.presence.listed()) return occupancy_due_;
  const bool is_rush = room.presence_told_ms != 0 && effects_.now().monotonic_ms < room.presence_told_ms + kPresenceRushDelayMs;
  return is_rush ? rush_due_ : presence_due_;
}

void RoomOwner::presence_changed(Room& room) {
  if (!room.rules()->definition.tells_presence) return room.presence.pass_over_change();
  presence_queue_of(room).push(room.number(), effects_.now().monotonic_ms);
}

void RoomOwner::flush_presence(Room& room) {
  const std::uint64_t clock = room.presence.clock();
  if (room.presence.user_count() > 1) room.presence_told_ms = effects_.now().monotonic_ms;  // nobody tells himself
  const PresenceChange change{room.number(), clock, room.presence.user_count(), room.presence.take_change(), room.hides_members};
  post_to_members(effects_, room, [&] { return change; });
}

std::uint64_t RoomOwner::tick() {
  const std::uint64_t now_ms = effects_.now().monotonic_ms;
  for (DelayQueue<std::uint64_t>* due : {&presence_due_, &rush_due_, &occupancy_due_})
    for (std::size_t i = 0; i < kPresenceRoomsPerTickMax && due->next_deadline() <= now_ms; ++i)
      if (Room* room = rooms_.find(*due->pop())) flush_presence(*room);
  rooms_.free_idle(now_ms);
  const std::uint64_t unused_ms = unused_logs_.tick(now_ms);
  const std::uint64_t trim_ms = trimming_.tick([this](const RoomRules& rules) { return publications_.is_durable(rules); });
  const std::uint64_t seat_ms = seats_.tick(now_ms, [this](Room& room) { presence_changed(room); });
  return std::min({unused_ms, seat_ms, presence_due_.next_deadline(), rush_due_.next_deadline(), occupancy_due_.next_deadline(),
                   rooms_.next_deadline(), trim_ms});
}

}  // namespace dialogue::core
