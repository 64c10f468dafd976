// Publications at their room's home: the producer's number is judged, the room gives the position, members' shards are told.
#include <string>
#include <utility>

#include "server/core/frame_text.hpp"
#include "server/core/guarded.hpp"
#include "server/core/home.hpp"
#include "server/core/payload_check.hpp"
#include "server/core/shard.hpp"
#include "shared/names.hpp"

namespace dialogue {
namespace {

/// What a number that is not due is answered with. Content that was refused before is refused again, with the same code.
void answer_unfresh(PublishAnswer& answer, const ProducerCheck& check, const Room& room) {
  const ProducerReceipt& receipt = check.receipt;
  switch (check.verdict) {
    case ProducerVerdict::fresh:
      break;
    case ProducerVerdict::hole:
      answer.fault = {ErrorCode::producer_hole, std::to_string(check.expected), {}};
      answer.expected = check.expected;
      break;
    case ProducerVerdict::conflict:
      answer.fault = {ErrorCode::producer_conflict, {}, {}};
      break;
    case ProducerVerdict::unknown:
      answer.fault = {ErrorCode::producer_unknown, {}, {}};
      break;
    case ProducerVerdict::duplicate:
      if (receipt.refused == ErrorCode::ok) {
        answer.fault = {};
        answer.duplicate = true;
        answer.position = {room.epoch(), receipt.seq, receipt.timestamp_ms};
      } else if (answer.fault.code != receipt.refused) {
        answer.fault = {receipt.refused, {}, {}};
      }
      break;
  }
}

}  // namespace

Position Home::take_position(Room& room, std::uint32_t event) {
  room.used_at_ms = outbox_.now().monotonic_ms;
  return room.next_position(config_.catalogue.event(event).delivery == Delivery::volatile_, outbox_.now().unix_ms);
}

void Home::handle(Publish&& publish) {
  PublishAnswer answer{publish.from.connection, publish.room, publish.producer_seq, {}, {}, 0, 0, false};
  if (publish.refused) answer.fault = std::move(*publish.refused);
  const auto reply = [&] { outbox_.post(publish.from.shard, std::move(answer)); };

  Room* room = rooms_.find(publish.room);
  if (room == nullptr) {
    answer.fault = {ErrorCode::room_deleted, {}, {}};
    return reply();
  }
  if (publish.producer) {
    const ProducerCheck check = room->producers.check(*publish.producer, publish.producer_seq, publish.hash);
    answer_unfresh(answer, check, *room);
    if (check.verdict != ProducerVerdict::fresh) return reply();
  }
  if (answer.fault.code == ErrorCode::ok) answer.position = take_position(*room, publish.event);
  if (publish.producer)
    room->producers.record(*publish.producer,
                           {publish.hash, answer.position.seq, answer.position.timestamp_ms, answer.fault.code});
  if (answer.fault.code != ErrorCode::ok) return reply();

  const Position position = answer.position;
  reply();  // ACK comes before the publisher's own EVENT
  fan_out(*room, {publish.event, publish.identity->user_id, publish.payload}, position);
}

void Home::fan_out(const Room& room, const Event& event, const Position& position) {
  post_to_members(room, [&] {
    return Deliver{room.number(), position.seq, event.index,
                   event_frame(room.number(), event.index, position, event.from, event.payload)};
  });
  tell_publication(room, event, position);
}

void Home::tell_publication(const Room& room, const Event& event, const Position& position) {
  if (!config_.hooks.on_event) return;
  const Publication publication{room.id(),
                                config_.catalogue.event(event.index).name,
                                event.from,
                                event.payload,
                                position.seq,
                                position.epoch,
                                position.timestamp_ms};
  guarded(outbox_, "on_event", [&] { config_.hooks.on_event(publication); });
}

void Home::handle(ServerPublish&& publish) {
  const std::uint32_t home = shard_of(publish.room_id, outbox_.shard_count());
  if (home != outbox_.shard()) return outbox_.post(home, std::move(publish));
  PublishResult result = publish_for_server(publish);
  if (result.fault.code != ErrorCode::ok) {
    if (!result.fault.path.empty()) result.message = result.fault.path + ": ";
    result.message += error_message(result.fault.code, result.fault.argument);
  }
  call_done(outbox_, publish.done, std::as_const(result));
}

PublishResult Home::publish_for_server(ServerPublish& publish) {
  const auto refused = [](ErrorCode code, std::string argument) {
    return PublishResult{{code, std::move(argument), {}}, {}, {}};
  };
  if (publish.from != kSystemUserId && !is_user_id(publish.from))
    return refused(ErrorCode::request_invalid, "from is not a user id");
  const RulesPtr rules = rooms_.rules_of(publish.room_id);
  if (!rules || !is_name(publish.room_id)) return refused(ErrorCode::room_unknown, publish.room_id);
  const auto event = config_.catalogue.find_event(publish.event);
  if (!event) return refused(ErrorCode::event_unknown, publish.event);
  if (!rules->slot_of(*event)) return refused(ErrorCode::event_not_allowed, publish.event);
  if (auto fault = check_payload(config_, *event, publish.payload)) return {std::move(*fault), {}, {}};

  Room& room = rooms_.open(publish.room_id, outbox_.now().monotonic_ms);
  const Position position = take_position(room, *event);
  fan_out(room, {*event, publish.from, publish.payload}, position);
  return {{}, {}, position};
}

}  // namespace dialogue
