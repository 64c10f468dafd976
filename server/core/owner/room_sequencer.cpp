// The publisher is answered before the room: its ACK precedes its own EVENT.
#include "server/core/owner/room_sequencer.hpp"

#include <optional>
#include <string>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/effects/guarded.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kBusyRetryMs = 500;

PendingAppend outgoing_of(Publish&& publish) {
  PendingAppend outgoing;
  outgoing.room = publish.room;
  outgoing.event = publish.event;
  outgoing.from = publish.identity->user_id;
  outgoing.payload = std::move(publish.payload);
  outgoing.deletes = publish.deletes;
  outgoing.producer = std::move(publish.producer);
  outgoing.hash = publish.hash;
  outgoing.mark = publish.mark;
  outgoing.answer.to = publish.from.connection;
  outgoing.answer.room = publish.room;
  outgoing.answer.producer_seq = publish.producer_seq;
  outgoing.answer.event = publish.shown_event;
  outgoing.answer.membership = publish.membership;
  if (publish.refused) outgoing.answer.fault = std::move(*publish.refused);
  outgoing.answer.retry_after_ms = publish.retry_after_ms;
  outgoing.answer_shard = publish.from.shard;
  outgoing.received_ns = publish.received_ns;
  outgoing.trace = std::move(publish.trace);
  return outgoing;
}

}  // namespace

PublishResult publish_result(Error fault, const Position& position) {
  PublishResult result{std::move(fault), {}, position};
  if (result.fault.code == ErrorCode::ok) return result;
  if (!result.fault.path.empty()) result.message = result.fault.path + ": ";
  result.message += error_message(result.fault.code, result.fault.argument);
  return result;
}

PublishResponse refusal_of(const Publish& publish, Error fault, std::uint64_t retry_after_ms) {
  PublishResponse answer;
  answer.to = publish.from.connection;
  answer.room = publish.room;
  answer.producer_seq = publish.producer_seq;
  answer.fault = std::move(fault);
  answer.retry_after_ms = retry_after_ms;
  answer.trace = publish.trace;
  answer.membership = publish.membership;
  return answer;
}

RoomSequencer::RoomSequencer(const ShardConfig& config, const EventRetention& retention, DocumentKeeper& documents,
                             ShardEffects& effects, RoomRegistry& rooms, StoreCalls& stores, PeerWindows& windows,
                             RefusalTable& refusals, Logs logs)
    : config_(config),
      logs_(std::move(logs)),
      effects_(effects),
      retention_(retention),
      windows_(windows),
      refusals_(refusals),
      rooms_(rooms),
      durable_(retention, documents, true, config.shares_store, effects, rooms, stores, listener()),
      in_memory_(retention, documents, false, false, effects, rooms, stores, listener()) {}

CommitQueue::Listener RoomSequencer::listener() {
  return {[this](PendingAppend& outgoing) { answer(outgoing); },
          [this](const Room& room, PendingAppend& outgoing) { fan_out(room, outgoing); },
          [this](Room& room) { logs_.open(room); }, [this](Room& room) { logs_.written(room); },
          [this](Room& room, PendingAppend& outgoing) { publish_volatile(room, std::move(outgoing)); }};
}

bool RoomSequencer::is_durable(const RoomRules& rules) const {
  return config_.has_durable_store && (config_.shares_store || rules.definition.durability == Durability::commit);
}

void RoomSequencer::publish(Room& room, Publish&& publish) {
  const bool is_refused = publish.refused != nullptr;
  const bool waits = publish.takes_turn && room.work > 0;
  PendingAppend outgoing = outgoing_of(std::move(publish));
  const bool is_volatile = !is_refused && retention_.is_volatile(outgoing.event);
  outgoing.is_unlogged = is_volatile || (is_refused && !outgoing.producer);
  if (!outgoing.is_unlogged || waits) return add(room, std::move(outgoing));
  is_volatile ? publish_volatile(room, std::move(outgoing)) : answer(outgoing);
}

void RoomSequencer::publish(Room& room, ServerPublish&& publish, Error refused) {
  const bool is_refused = refused.code != ErrorCode::ok;
  PendingAppend outgoing;
  outgoing.room = room.number();
  outgoing.producer = std::move(publish.producer);
  outgoing.hash = publish.hash;
  outgoing.answer.producer_seq = publish.producer_seq;
  outgoing.answer.fault = std::move(refused);
  outgoing.answer.event = config_.catalogue.find_event(publish.event).value_or(kNoEvent);
  if (!is_refused) {
    outgoing.event = outgoing.answer.event;
    outgoing.from = std::move(publish.from);
    outgoing.payload = std::move(publish.payload);
    outgoing.deletes = publish.deletes;
  }
  outgoing.call = publish.call;
  outgoing.trace = std::move(publish.trace);
  outgoing.received_ns = effects_.now().monotonic_ns;
  if (!is_refused && retention_.is_volatile(outgoing.event)) return publish_volatile(room, std::move(outgoing));
  add(room, std::move(outgoing));
}

void RoomSequencer::compact(Room& room, std::uint32_t event, CompactDocument&& compact) {
  PendingAppend outgoing;
  outgoing.room = room.number();
  outgoing.event = outgoing.answer.event = event;
  outgoing.from = kSystemUserId;
  outgoing.erases_author = std::move(compact.erased_user);
  outgoing.call = compact.call;
  outgoing.received_ns = effects_.now().monotonic_ns;
  add(room, std::move(outgoing));
}

void RoomSequencer::add(Room& room, PendingAppend&& outgoing) {
  outgoing.is_durable = is_durable(*room.rules());
  if (queue_of(room).add(std::move(outgoing))) return;
  outgoing.answer.fault = {ErrorCode::store_unavailable, {}, {}};
  outgoing.answer.retry_after_ms = kBusyRetryMs;
  answer(outgoing);
}

void RoomSequencer::publish_volatile(Room& room, PendingAppend&& outgoing) {
  room.used_at_ms = effects_.now().monotonic_ms;
  outgoing.answer.position = {room.log.epoch, 0, std::max(room.log.timestamp_ms, effects_.now().unix_ms)};
  const bool is_application = outgoing.call.has_value();
  if (!is_application) answer(outgoing);
  if (config_.shares_store)
    effects_.tell_nodes(VolatileEvent{room.id(), std::string(config_.catalogue.event(outgoing.event).name), outgoing.from,
                                      outgoing.payload, outgoing.answer.position.timestamp_ms});
  fan_out(room, outgoing);
  if (is_application) answer(outgoing);
}

void RoomSequencer::erase(const Room& room, std::function<void(ErrorCode)> done) {
  PendingAppend outgoing;
  outgoing.room = room.number();
  outgoing.erased = std::move(done);
  static_cast<void>(queue_of(room).add(std::move(outgoing)));  // it has no bytes, so there is room for it
}

PublishResult RoomSequencer::check(ServerPublish& publish, const RoomRules& rules) const {
  if (publish.refused) {
    PublishResult result = publish_result(publish.refused->fault, {});
    result.retry_after_ms = publish.refused->retry_after_ms;
    return result;
  }
  const auto refused = [](ErrorCode code, std::string argument) { return publish_result({code, std::move(argument), {}}, {}); };
  if (publish.from != kSystemUserId && !is_user_id(publish.from))
    return refused(ErrorCode::request_invalid, "from is not a user id");
  const auto event = config_.catalogue.find_event(publish.event);
  if (!event) return refused(ErrorCode::event_unknown, publish.event);
  if (!rules.slot_of(*event)) return refused(ErrorCode::event_not_allowed, publish.event);
  if (publish.as)
    if (auto missing = missing_publish_right(rules.definition, publish.room_id, publish.event, *publish.as))
      return refused(ErrorCode::forbidden, std::move(*missing));
  if (auto fault = check_payload(config_, effects_, *event, publish.payload)) return publish_result(std::move(*fault), {});
  if (publish.deletes)
    if (auto fault = deletion_fault(config_.catalogue, *event)) return publish_result(std::move(*fault), {});
  return {};
}

std::vector<RoomRate> RoomSequencer::busiest(std::size_t count) {
  std::vector<RoomRate> all;
  for (const auto& [number, per_second] : rates_.per_second(effects_.now().monotonic_ms)) {
    const Room* room = rooms_.find(number);
    if (room != nullptr) all.push_back({room->id(), room->size(), per_second});
    if (all.size() == count) break;
  }
  return all;
}

void RoomSequencer::note_refused(const Error& fault, const RoomRules* rules, std::uint32_t event) {
  effects_.metrics().count(metrics::Metric::publications_refused_total, metrics::index_of(fault.code));
  refusals_.add("publish", fault, rules == nullptr ? std::string_view() : std::string_view(rules->definition.id), event,
                effects_.now().unix_ms, RefusalTable::By::application);
}

void RoomSequencer::count(const PendingAppend& outgoing) {
  using metrics::Metric, metrics::AckKind;
  metrics::MetricCells& metrics = effects_.metrics();
  const PublishResponse& answer = outgoing.answer;
  if (answer.fault.code != ErrorCode::ok) {
    if (!outgoing.call) return;  // a connection's are counted where it is
    const Room* room = rooms_.find(outgoing.room);
    return note_refused(answer.fault, room == nullptr ? nullptr : room->rules().get(), answer.event);
  }
  if (answer.duplicate) metrics.count(Metric::publications_duplicate_total);
  const AckKind kind = answer.position.seq == 0 ? AckKind::volatile_ : outgoing.is_durable ? AckKind::commit : AckKind::memory;
  metrics.observe(Metric::publish_ack_seconds, kind, effects_.ns_since(outgoing.received_ns));
}

void RoomSequencer::answer(PendingAppend& outgoing) {
  count(outgoing);
  PublishResponse& answer = outgoing.answer;
  if (answer.fault.code != ErrorCode::ok) answer.trace = outgoing.trace;
  if (outgoing.trace && outgoing.trace->steps)
    outgoing.trace->steps->answered(answer.fault.code, answer.position.seq != 0, answer.duplicate);
  if (!outgoing.call) return effects_.post(outgoing.answer_shard, answer);
  PublishResult result = publish_result(answer.fault, answer.position);
  result.expected = answer.expected;
  result.retry_after_ms = answer.retry_after_ms;
  result.duplicate = answer.duplicate;
  result.members = outgoing.members;
  effects_.answer(*outgoing.call, std::move(result));
}

void RoomSequencer::fan_out(const Room& room, PendingAppend& outgoing) {
  tell_application(room, outgoing);
  count_accepted(room, outgoing);
  outgoing.members = static_cast<std::uint32_t>(room.size());
  const Position& position = outgoing.answer.position;
  deliver(room, {position.seq, position.timestamp_ms, outgoing.event, std::move(outgoing.from), std::move(outgoing.payload),
                 outgoing.trace, outgoing.deletes});
}

void RoomSequencer::deliver(const Room& room, EventRecord&& record) {
  const std::uint64_t accepted_ns = effects_.now().monotonic_ns, seq = record.seq;
  std::optional<std::uint32_t> last;  // it gets the record itself, the others a copy
  const auto deliver = [&](std::uint32_t shard, EventRecord&& copy) {
    if (shard != effects_.shard()) windows_.sent(shard, bytes_of(copy));
    effects_.post(shard, Deliver{room.number(), std::move(copy), accepted_ns});
  };
  for (std::uint32_t shard = 0; shard < effects_.shard_count(); ++shard) {
    const bool is_here = shard == effects_.shard();
    if (!room.has_members_on(shard) || (!is_here && !windows_.admits(shard, room.number(), seq))) continue;
    if (last) deliver(*last, EventRecord(record));
    last = shard;
  }
  if (last) deliver(*last, std::move(record));
}

void RoomSequencer::count_accepted(const Room& room, const PendingAppend& outgoing) {
  const RoomRules& rules = *room.rules();
  const std::uint32_t pair = rules.metric_pair_of(rules.slot_of(outgoing.event).value_or(0));
  effects_.metrics().count(metrics::Metric::events_total, pair);
  if (outgoing.trace) effects_.note_example(metrics::Metric::events_total, pair, 1, outgoing.trace->traceparent);
  effects_.metrics().observe(metrics::Metric::fanout_members, 0, room.size());
  rates_.count(room.number(), effects_.now().monotonic_ms);
}

void RoomSequencer::tell_application(const Room& room, const PendingAppend& outgoing) {
  if (!config_.hooks.on_event) return;
  const Position& position = outgoing.answer.position;
  const Publication publication{room.id(),
                                config_.catalogue.event(outgoing.event).name,
                                outgoing.from,
                                outgoing.payload,
                                position.seq,
                                position.epoch,
                                position.timestamp_ms,
                                outgoing.deletes};
  guarded(effects_, "on_event", [&] { config_.hooks.on_event(publication); });
}

}  // namespace dialogue::core
