// Translates the shard's frames for a client. Positions move in the order in which texts are translated; a client's state is
// exactly that of its last offset.
#include <algorithm>
#include <charconv>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "server/transport/socketio/rooms_translator.hpp"
#include "server/transport/stream_texts.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

/// Where a text is EVENTs, which are all of one room: its number. Without a parser, since each delivery asks.
std::optional<std::uint64_t> room_of_events(std::string_view text) {
  constexpr std::string_view kBeginning = "[36,";
  if (!text.starts_with(kBeginning)) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data() + kBeginning.size(), text.data() + text.size(), number);
  return number;
}

core::SharedBytes shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

void RoomsTranslator::translate(const core::SharedBytes& text) {
  if (phase_ != Phase::open) return;
  if (const auto number = room_of_events(*text)) return append_events(text, *number);
  FrameSplitter frames(*text);
  std::string_view one;
  Frame frame;
  while (phase_ == Phase::open && frames.next(one))
    if (read_frame(one, frame) == ErrorCode::ok) translate_frame(frame);
}

void RoomsTranslator::append_events(const core::SharedBytes& text, std::uint64_t number) {
  const auto found = rooms_.find(number);
  if (found == rooms_.end() && number != 0) return;
  Room nowhere;
  Room& room = number == 0 ? nowhere : found->second;
  const bool is_alone = number != 0 && rooms_.size() == 1 && room.is_exact && !room.events && !room.is_repeated;
  if (is_alone) {
    const auto& packets = texts_.packets_of(text, room.id, room.epoch, room.seq);
    output_.packets.insert(output_.packets.end(), packets.begin(), packets.end());
  }
  for (const RoomsBlock& block : texts_.blocks_of(text, room.id, room.epoch)) {
    if (room.is_repeated && block.seq != 0 && block.seq <= room.seq) continue;
    room.is_repeated = room.is_repeated && block.seq == 0;
    room.seq = std::max(room.seq, block.seq);
    if (is_alone) continue;
    std::string packet = block.text;
    output_.packets.push_back(shared(packet.append(offset()).append(kRoomsBlockEnd)));
  }
}

void RoomsTranslator::translate_frame(const Frame& frame) {
  switch (frame.type) {
    case FrameType::joined:
      return joined(frame);
    case FrameType::left:
      return left(frame);
    case FrameType::reply:
      return replied(frame);
    case FrameType::ack:
      return acknowledged(frame);
    case FrameType::nack:
      return refused(frame);
    case FrameType::bye:
      return ended(frame);
    case FrameType::skip:
      if (const auto room = rooms_.find(frame.integers[0]); room != rooms_.end())
        room->second.seq = std::max(room->second.seq, frame.integers[2]);
      return;  // the next offset says so
    case FrameType::gap:
      if (const auto room = rooms_.find(frame.integers[0]); room != rooms_.end()) {
        room->second.seq = std::max(room->second.seq, frame.integers[2]);
        emit("dialogue:missed", JsonText()
                                    .text("roomId", room->second.id)
                                    .text("reason", error_name(code_of(frame.integers[3])))
                                    .number("from", frame.integers[1])
                                    .number("to", frame.integers[2])
                                    .take());
      }
      return;
    default:
      return;  // presence, the token's time and PING are not for these clients
  }
}

// --- Rooms ---

void RoomsTranslator::joined(const Frame& frame) {
  const std::uint64_t req = frame.integers[0], number = frame.integers[1];
  const auto request = take(req);
  const auto known = rooms_.find(number);
  if (known != rooms_.end() && req != 0) known->second.is_repeated = true;  // the JOIN has continued the application's
  if ((req != 0 && !request) || known != rooms_.end()) return;
  Room room{.id = core::text_in(frame.payload, "roomId"),
            .name = core::text_in(frame.payload, "name"),
            .epoch = frame.integers[2],
            .seq = frame.integers[4]};
  const std::string json = JsonText().text("roomId", room.id).text("roomName", room.name).take();
  const std::string id = room.id;
  rooms_.emplace(number, std::move(room));
  request ? answer(*request, "dialogue:joined", json) : emit("dialogue:joined", json);
  while (const auto further = take_join(id)) answer(*further, "dialogue:joined", json);
}

bool RoomsTranslator::is_joining(std::string_view id) const {
  return std::any_of(requests_.begin(), requests_.end(),
                     [id](const auto& each) { return each.second.what == Asked::join && each.second.room_id == id; });
}

std::optional<RoomsTranslator::Request> RoomsTranslator::take_join(std::string_view id) {
  for (const auto& [number, request] : requests_)
    if (request.what == Asked::join && request.room_id == id) return take(number);
  return {};
}

void RoomsTranslator::left(const Frame& frame) {
  const auto request = take(frame.integers[0]);
  const auto found = rooms_.find(frame.integers[1]);
  if (found == rooms_.end()) {  // the room ended first, and its clients know
    if (request) acknowledge(*request, JsonText().flag("ok", true).text("roomId", request->room_id).take());
    return;
  }
  const Room room = std::move(found->second);
  rooms_.erase(found);
  JsonText json;
  json.text("roomId", room.id);
  const ErrorCode code = code_of(frame.integers[2]);
  if (code != ErrorCode::ok) json.text("code", error_name(code)).text("message", core::error_message(code, room.id));
  request ? answer(*request, "dialogue:left", json.take()) : emit("dialogue:left", json.take());
  for (const Room::Waiting& waiting : room.waiting) {
    waiting_bytes_ -= waiting.frame.size();
    if (const auto publication = take(waiting.number)) fail(*publication, {ErrorCode::not_joined, {}, {}});
  }
}

// --- Requests ---

void RoomsTranslator::replied(const Frame& frame) {
  const auto request = take(frame.integers[0]);
  if (!request) return;
  if (const ErrorCode code = code_of(frame.integers[1]); code != ErrorCode::ok) {
    const auto refuse = [&](const Request& each) {
      fail(each, error_name(code), core::text_in(frame.payload, "message"), {}, core::number_in(frame.payload, "retryAfterMs"),
           core::text_in(frame.payload, "reason"));
    };
    refuse(*request);
    if (request->what == Asked::join)
      while (const auto further = take_join(request->room_id)) refuse(*further);
    return;
  }
  if (request->what == Asked::subscription) return subscribed(*request);
  if (request->what == Asked::list) return listed(*request, frame.payload);
  if (request->what == Asked::history) read_history(*request, frame.payload);
}

// Only known state can be recovered: the definition has a member's initial subscriptions.
void RoomsTranslator::subscribed(const Request& request) {
  acknowledge(request, JsonText().flag("ok", true).take());
  const auto found = rooms_.find(request.room);
  if (found == rooms_.end()) return;
  Room& room = found->second;
  const auto index = texts_.catalogue().match_room(room.id);
  room.is_exact = room.is_exact && index.has_value();
  if (!room.is_exact) return;
  const CatalogueView::Room definition = texts_.catalogue().room(*index);
  const auto names = [&](const CatalogueView::EventList& list) {
    std::vector<std::string> all;
    for (std::uint32_t i = 0; i < list.size(); ++i) all.emplace_back(texts_.catalogue().event(list[i]).name);
    return all;
  };
  if (!room.events) room.events = names(definition.subscriptions);
  if (request.action == RoomsAction::subscribe_all) room.events = names(definition.events);
  const auto place = std::find(room.events->begin(), room.events->end(), request.event);
  if (request.action == RoomsAction::subscribe && place == room.events->end()) room.events->push_back(request.event);
  if (request.action == RoomsAction::unsubscribe && place != room.events->end()) room.events->erase(place);
}

void RoomsTranslator::acknowledged(const Frame& frame) {
  const auto request = take(frame.integers[1]);
  if (!request) return;
  if (const auto room = rooms_.find(frame.integers[0]); room != rooms_.end() && room->second.in_flight > 0) {
    --room->second.in_flight;
    release_waiting(room->second);
  }
  JsonText json;
  json.flag("ok", true)
      .number("seq", frame.integers[3])
      .number("epoch", frame.integers[2])
      .number("timestamp", frame.integers[4]);
  if (frame.integers[5] != 0) json.flag("duplicate", true);
  acknowledge(*request, json.take());
}

void RoomsTranslator::refused(const Frame& frame) {
  const auto request = take(frame.integers[1]);
  if (!request) return;
  if (const auto room = rooms_.find(frame.integers[0]); room != rooms_.end() && room->second.in_flight > 0) {
    --room->second.in_flight;
    release_waiting(room->second);
  }
  fail(*request, error_name(code_of(frame.integers[2])), core::text_in(frame.payload, "message"),
       core::text_in(frame.payload, "path"), frame.integers[3], core::text_in(frame.payload, "reason"));
}

void RoomsTranslator::listed(const Request& request, std::string_view result) {
  const std::string rooms(core::raw_in(result, "rooms"));
  emit("dialogue:rooms", rooms);
  acknowledge(request, JsonText().flag("ok", true).raw("rooms", rooms).take());
}

// The newest first, as users of the room library over Socket.IO have it.
void RoomsTranslator::read_history(const Request& request, std::string_view result) {
  const std::uint64_t epoch = core::number_in(result, "epoch");
  std::vector<std::string> events;
  JsonReader reader(core::raw_in(result, "events"));
  bool is_good = reader.enter_array();
  while (is_good && reader.next_element()) {
    std::uint64_t event = 0, seq = 0, timestamp_ms = 0;
    std::string from;
    std::string_view payload;
    is_good = reader.enter_array() && reader.next_element() && reader.read_integer(event) && reader.next_element() &&
              reader.read_integer(seq) && reader.next_element() && reader.read_integer(timestamp_ms) && reader.next_element() &&
              reader.read_string(from) && reader.next_element() && reader.read_document(payload) && !reader.next_element();
    if (is_good)
      events.push_back(
          rooms_envelope(event_name(texts_.catalogue(), event), request.room_id, payload, from, timestamp_ms, seq, epoch));
  }
  std::reverse(events.begin(), events.end());
  const std::string list = json_array(events, [](const std::string& event) { return event; });
  answer(request, "dialogue:history", JsonText().text("roomId", request.room_id).raw("events", list).take());
}

// --- The end ---

void RoomsTranslator::ended(const Frame& frame) {
  const ErrorCode code = code_of(frame.integers[0]);
  JsonText json;
  json.text("code", error_name(code)).text("message", core::text_in(frame.payload, "message"));
  if (const std::string reason = core::text_in(frame.payload, "reason"); !reason.empty()) json.text("reason", reason);
  emit("dialogue:error", json.take());
  phase_ = Phase::over;
  ending_ = error_row(code).retryable ? Ending::lost : Ending::disconnected;
}

// --- To the client ---

std::string RoomsTranslator::offset() const {
  if (rooms_.empty()) return std::string(kNoRoomsOffset);
  std::string text;
  if (rooms_.size() > kRecoveredRoomsMax) return text;
  for (const auto& [number, room] : rooms_) {
    if (!room.is_exact) return {};
    append_offset(text, room.id, room.epoch, room.seq);
    if (room.events) append_offset_events(text, *room.events);
  }
  return text.size() > kOffsetBytesMax ? std::string() : text;
}

void RoomsTranslator::emit(std::string_view event, std::string_view json) {
  std::string packet = socketio_head(SocketioType::event, "/");
  packet.append("[\"").append(event).append("\",").append(json).append(",\"").append(offset()).append(kRoomsBlockEnd);
  output_.packets.push_back(shared(std::move(packet)));
}

void RoomsTranslator::acknowledge(const Request& request, std::string json) {
  if (!request.ack) return;
  output_.packets.push_back(shared(socketio_head(SocketioType::ack, "/", request.ack) + "[" + std::move(json) + "]"));
}

void RoomsTranslator::answer(const Request& request, std::string_view event, std::string_view json) {
  emit(event, json);
  acknowledge(request, R"({"ok":true,)" + std::string(json.substr(1)));
}

void RoomsTranslator::fail(const Request& request, const core::Error& error) {
  fail(request, error_name(error.code), core::error_message(error.code, error.argument), error.path);
}

// Who asked for an acknowledgement gets it there, and no event that another call could take for its own.
void RoomsTranslator::fail(const Request& request, std::string_view code, std::string_view message, std::string_view path,
                           std::uint64_t retry_after_ms, std::string_view reason) {
  JsonText json;
  if (request.ack) json.flag("ok", false);
  json.text("code", code).text("message", message);
  if (!request.room_id.empty()) json.text("roomId", request.room_id);
  if (!request.event.empty()) json.text("event", request.event);
  if (!path.empty()) json.text("path", path);
  if (!reason.empty()) json.text("reason", reason);
  if (retry_after_ms > 0) json.number("retryAfterMs", retry_after_ms);
  request.ack ? acknowledge(request, json.take()) : emit("dialogue:error", json.take());
}

}  // namespace dialogue::transport
