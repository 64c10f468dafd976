// A translated connection's requests to the shard. A publication is sent as soon as the room has a place for it in flight, so
// that clients need not count them.
#include <algorithm>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/transport/socketio/rooms_translator.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint64_t kHistoryEventsMax = 100, kHistoryEventsUsual = 50;
constexpr std::size_t kNameShownMax = 64;
constexpr std::string_view kListOptions = R"({"limit":1000})";

/// PUBLISH's `ext` of a trigger: its id, and whether it deletes its key.
std::string publish_ext(const RoomsRequest& asked) {
  if (asked.id.empty() && !asked.deletes) return "0";
  JsonText ext;
  if (!asked.id.empty()) ext.text("id", asked.id);
  if (asked.deletes) ext.number("delete", 1);
  return ext.take();
}

}  // namespace

RoomsTranslator::RoomsTranslator(RoomsTexts& texts, const SocketioLimits& limits, RecoveryPids& pids)
    : texts_(texts), limits_(limits), pids_(pids) {}

std::uint64_t RoomsTranslator::keep(Request request) {
  requests_.emplace(++last_number_, std::move(request));
  return last_number_;
}

std::optional<RoomsTranslator::Request> RoomsTranslator::take(std::uint64_t number) {
  const auto found = requests_.find(number);
  if (found == requests_.end()) return std::nullopt;
  Request request = std::move(found->second);
  requests_.erase(found);
  return request;
}

RoomsTranslator::Rooms::iterator RoomsTranslator::room_named(std::string_view id) {
  return std::find_if(rooms_.begin(), rooms_.end(), [&](const auto& each) { return each.second.id == id; });
}

void RoomsTranslator::on_event(const SocketioPacket& packet, std::span<const std::string> attachments) {
  Request request{.ack = packet.id};
  if (packet.fault != ErrorCode::ok)
    return fail(request, error_name(packet.fault),
                "The event " + core::error_message(packet.fault, std::to_string(kJsonDepthMax)));
  const SocketioEvent event = read_socketio_event(packet.data);
  const auto action = rooms_action(event.name);
  if (event.name.empty()) return fail(request, {ErrorCode::request_invalid, "the event has no name", {}});
  if (!action) {
    const std::string name = event.name.size() <= kNameShownMax ? "\"" + event.name + "\"" : "of such a long name";
    return fail(request, {ErrorCode::not_supported, "the event " + name, {}});
  }
  request.action = *action;
  const auto arguments = read_socketio_arguments(event.rest, 1);
  auto read = read_rooms_request(*action, arguments.empty() ? std::string_view() : arguments.front());
  if (auto* fault = std::get_if<std::string>(&read)) return fail(request, {ErrorCode::request_invalid, std::move(*fault), {}});
  RoomsRequest& asked = std::get<RoomsRequest>(read);
  request.room_id = std::move(asked.room_id);
  request.event = std::move(asked.event);
  request.deletes = asked.deletes;
  if (requests_.size() >= limits_.requests_max) return fail(request, {ErrorCode::rate_limited, {}, {}});
  if (*action == RoomsAction::join) return join(std::move(request));
  if (*action == RoomsAction::list) {
    request.what = Asked::list;
    std::string frame;
    FrameWriter(frame, FrameType::list).integer(keep(std::move(request))).raw(kListOptions).finish();
    output_.frames.push_back(std::move(frame));
    return;
  }
  const auto room = room_named(request.room_id);
  if (room == rooms_.end()) return fail(request, {ErrorCode::not_joined, {}, {}});
  request.room = room->first;
  if (*action == RoomsAction::trigger) return publish(std::move(request), room, asked, attachments);
  if (*action == RoomsAction::history) return history(std::move(request), asked, room->first);
  if (*action != RoomsAction::leave) return subscribe(std::move(request), room);
  request.what = Asked::leave;
  std::string frame;
  FrameWriter(frame, FrameType::leave).integer(keep(std::move(request))).integer(room->first).finish();
  output_.frames.push_back(std::move(frame));
}

void RoomsTranslator::on_fault(ErrorCode code, std::string_view argument) {
  fail({}, {code, std::string(argument), {}});
  phase_ = Phase::over;
}

void RoomsTranslator::join(Request request) {
  request.what = Asked::join;
  if (const auto room = room_named(request.room_id); room != rooms_.end())  // as often as a page likes
    return answer(request, "dialogue:joined",
                  JsonText().text("roomId", room->second.id).text("roomName", room->second.name).take());
  const std::string id = request.room_id;
  const bool is_asked = is_joining(id);
  const std::uint64_t number = keep(std::move(request));
  if (is_asked) return;  // what is answered to the first request, is answered to all
  std::string frame;
  FrameWriter(frame, FrameType::join)
      .integer(number)
      .integer(static_cast<std::uint64_t>(JoinFrom::tail))
      .integer(0)
      .integer(0)
      .string(id)
      .raw("{}")
      .finish();
  output_.frames.push_back(std::move(frame));
}

void RoomsTranslator::subscribe(Request request, Rooms::iterator room) {
  request.what = Asked::subscription;
  std::uint64_t number = 0;
  if (request.action != RoomsAction::subscribe_all) {
    const auto event = texts_.catalogue().find_event(request.event);
    if (!event) return fail(request, {ErrorCode::event_unknown, request.event, {}});
    number = *event + 1;
  }
  const bool adds = request.action != RoomsAction::unsubscribe;
  std::string frame;
  FrameWriter(frame, adds ? FrameType::subscribe : FrameType::unsubscribe)
      .integer(keep(std::move(request)))
      .integer(room->first)
      .integer(number)
      .finish();
  output_.frames.push_back(std::move(frame));
}

// Attachments become what `bytes` are in every payload. What is too large is refused here: the shard would end the connection.
void RoomsTranslator::publish(Request request, Rooms::iterator room, const RoomsRequest& asked,
                              std::span<const std::string> attachments) {
  request.what = Asked::publish;
  std::string_view data = asked.data;
  const auto event = texts_.catalogue().find_event(request.event);
  if (!event) return fail(request, {ErrorCode::event_unknown, request.event, {}});
  std::optional<std::string> with_bytes;
  if (!attachments.empty() && !data.empty()) {
    with_bytes = with_base64(data, attachments, payload_bytes_max_);
    data = with_bytes ? std::string_view(*with_bytes) : data;
  }
  if (data.size() > payload_bytes_max_ || (!attachments.empty() && !data.empty() && !with_bytes))
    return fail(request, {ErrorCode::payload_too_large, std::to_string(payload_bytes_max_), {}});
  if (waiting_bytes_ + data.size() > limits_.waiting_bytes_max)
    return fail(request, {ErrorCode::producer_in_flight, std::to_string(kPublishInFlightMax), {}});
  const std::string ext = publish_ext(asked);
  const std::uint64_t number = keep(std::move(request));
  std::string frame;
  FrameWriter(frame, FrameType::publish)
      .integer(room->first)
      .integer(*event + 1)
      .integer(number)
      .raw(ext)
      .raw(data.empty() ? std::string_view("null") : data)
      .finish();
  waiting_bytes_ += frame.size();
  room->second.waiting.push_back({number, std::move(frame)});
  release_waiting(room->second);
}

void RoomsTranslator::release_waiting(Room& room) {
  while (!room.waiting.empty() && room.in_flight < kPublishInFlightMax) {
    ++room.in_flight;
    waiting_bytes_ -= room.waiting.front().frame.size();
    output_.frames.push_back(std::move(room.waiting.front().frame));
    room.waiting.pop_front();
  }
}

void RoomsTranslator::history(Request request, const RoomsRequest& asked, std::uint64_t room) {
  request.what = Asked::history;
  const std::uint64_t limit = std::clamp<std::uint64_t>(asked.limit.value_or(kHistoryEventsUsual), 1, kHistoryEventsMax);
  const std::uint64_t from = asked.before ? *asked.before - std::min<std::uint64_t>(*asked.before, 1) : kSafeIntegerMax;
  std::string frame;
  FrameWriter(frame, FrameType::history)
      .integer(keep(std::move(request)))
      .integer(room)
      .integer(from)
      .integer(limit)
      .integer(0)
      .finish();
  output_.frames.push_back(std::move(frame));
}

}  // namespace dialogue::transport
