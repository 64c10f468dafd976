// Positions move in the order in which texts are translated; a client's state of a stream is exactly that of its last `id:`.
#include "server/transport/sse/sse_stream.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/base/mutation.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

ErrorCode code_of(std::uint64_t number) { return error_row(static_cast<ErrorCode>(number)).code; }

/// Where a text is EVENTs, which are all of one room: its number. Without a parser, since each delivery asks.
std::optional<std::uint64_t> room_of_events(std::string_view text) {
  constexpr std::string_view kBeginning = "[36,";
  if (!text.starts_with(kBeginning)) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data() + kBeginning.size(), text.data() + text.size(), number);
  return number;
}

template <typename Each>
void for_each_frame(const std::string& text, const Each& each) {
  FrameSplitter frames(text);
  std::string_view one;
  Frame frame;
  while (frames.next(one))
    if (read_frame(one, frame) == ErrorCode::ok) each(frame);
}

std::string left_block(const std::string& room_id, ErrorCode code) {
  return sse_block("dialogue.left", JsonText()
                                        .text("roomId", room_id)
                                        .text("code", error_name(code))
                                        .text("message", core::error_message(code, room_id))
                                        .take());
}

}  // namespace

SseStream::SseStream(SseOpening opening, SseTexts& texts)
    : texts_(texts), opening_(new Opening{std::move(opening)}), request_digest_(opening_->asked.request_digest) {
  const SseRequest& request = opening_->asked.request;
  rooms_.reserve(request.rooms.size());
  for (const std::string& id : request.rooms) rooms_.emplace_back().id = id;
  joins_due_ = static_cast<std::uint8_t>(request.rooms.size());
  wants_user_ = request.wants_user;
}

// --- Opening ---

void SseStream::observe(const std::string& text) {
  for_each_frame(text, [this](const Frame& frame) {
    if (phase_ == Phase::opening) observe_frame(frame);
  });
}

void SseStream::observe_frame(const Frame& frame) {
  if (frame.type == FrameType::welcome) return welcomed(frame);
  if (frame.type == FrameType::bye)
    return refuse(code_of(frame.integers[0]), core::text_in(frame.payload, "message"), frame.integers[1],
                  core::text_in(frame.payload, "reason"));
  if (frame.type == FrameType::joined) return joined(frame);
  if (frame.type == FrameType::reply && frame.integers[1] != 0) refused(frame);
}

// The user's own room is optional: its name is known from here on, and it has a place in the id behind all others. Guests have
// another name each time, and so no history.
void SseStream::welcomed(const Frame& frame) {
  opening_->user_id = core::text_in(frame.payload, "userId");
  opening_->session_id = core::text_in(frame.payload, "session");
  const std::string& user_id = opening_->user_id;
  const std::string room = "user:" + user_id;
  if (wants_user_ && !core::is_guest_name(user_id) && is_name(room) && texts_.catalogue().match_room(room)) {
    const SseRequest& request = opening_->asked.request;
    opening_->frame = sse_join_frame(request, rooms_.size(), room, sse_join_options(request));
    rooms_.emplace_back().id = room;
    ++joins_due_;
  }
  if (joins_due_ == 0) phase_ = Phase::open;
}

// What a refused JOIN does to the stream:
//   the user's own room, permanently                    continues: an application need not have one
//   a room of the URL, permanently, when continuing     continues without that room, unless that was the last one
//   anything else                                       the stream is refused
void SseStream::refused(const Frame& frame) {
  const SseRequest& request = opening_->asked.request;
  const std::uint64_t req = frame.integers[0];
  const ErrorCode code = code_of(frame.integers[1]);
  const bool is_final = is_final_refusal(code), is_in_url = req >= 1 && req <= request.rooms.size();
  if (is_final && req == request.rooms.size() + 1) {
    rooms_.erase(rooms_.begin() + static_cast<std::ptrdiff_t>(req - 1));
    return end_join();
  }
  if (is_final && is_in_url && request.resume) {
    leave_at_opening(rooms_[req - 1], request.resume->positions[req - 1], code);
    end_join();
    if (phase_ == Phase::opening || !has_left_all()) return;
  }
  const std::string room = req >= 1 && req <= rooms_.size() ? rooms_[req - 1].id + ": " : std::string();
  refuse(code, room + core::text_in(frame.payload, "message"), core::number_in(frame.payload, "retryAfterMs"),
         core::text_in(frame.payload, "reason"));
}

// A stream that continues does so without a room that was deleted meanwhile, or that may not be read any more. It keeps its
// place in the id.
void SseStream::leave_at_opening(Room& room, SsePosition position, ErrorCode code) {
  room.has_left = true;
  room.position = position;
  opening_->missed += left_block(room.id, code);
}

void SseStream::joined(const Frame& frame) {
  const std::uint64_t req = frame.integers[0], number = frame.integers[1], epoch = frame.integers[2];
  const std::uint64_t base = frame.integers[3], head = frame.integers[4];
  const bool is_recovered = frame.integers[5] != 0;
  if (req == 0) {
    std::string id = core::text_in(frame.payload, "roomId");
    // The stream's own JOIN of the room continues this membership.
    const bool is_asked =
        std::any_of(rooms_.begin(), rooms_.end(), [&](const Room& each) { return each.id == id && !each.has_left; });
    if (!is_asked) rooms_.push_back({.number = number, .id = std::move(id), .position = {epoch, head}, .is_in_url = false});
    return;
  }
  const SseRequest& request = opening_->asked.request;
  if (req > rooms_.size() || !rooms_[req - 1].is_in_url) return;
  Room& room = rooms_[req - 1];
  const bool has_position = request.resume && req <= request.resume->positions.size();
  const SsePosition asked = has_position ? request.resume->positions[req - 1] : SsePosition{};
  std::uint64_t after = head;
  if (!is_recovered)
    after = base - 1;
  else if (has_position && !is_mutated(Mutation::stream_resumes_at_head))
    after = asked.seq;
  else if (request.last > 0)
    after = std::max(base - 1, head - std::min(head, request.last));
  room.position = {epoch, after};
  if (!is_recovered) {
    JsonText data;
    data.text("roomId", room.id).text("reason", request.is_id_unknown ? "id_unknown" : core::text_in(frame.payload, "reason"));
    if (asked.epoch == epoch && asked.seq < after) data.number("from", asked.seq + 1).number("to", after);
    opening_->missed += sse_block("dialogue.missed", data.take());
  }
  end_join();
}

void SseStream::end_join() {
  if (--joins_due_ == 0) phase_ = Phase::open;
}

void SseStream::refuse(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms, std::string_view reason) {
  const http::HttpResponse answer = sse_refusal(code, message, retry_after_ms, std::move(opening_->asked.cors), reason);
  opening_->refusal = http::response_head(answer, false, opening_->asked.unix_s) + *answer.body;
  phase_ = Phase::over;
}

void SseStream::give_up(ErrorCode code) {
  if (phase_ == Phase::opening) refuse(code, error_row(code).message, 0);
}

// --- Open ---

core::SharedBytes SseStream::translate(const core::SharedBytes& text) {
  if (opening_ && !opening_->refusal.empty()) return std::make_shared<const std::string>(std::exchange(opening_->refusal, {}));
  if (phase_ == Phase::over) return nullptr;
  std::string out;
  if (opening_) out = opening_text();
  const bool is_first = !out.empty();
  if (const auto number = room_of_events(*text)) {
    Room* const room = room_of(*number);
    if (room != nullptr && has_one_room() && !is_first) {
      const SseWhole& whole = texts_.whole_of(text, room->id, room->position.epoch);
      room->position.seq = std::max(room->position.seq, whole.last_seq);
      return whole.bytes;
    }
    if (room != nullptr) append_events(out, text, *room);
    if (*number == 0) append_direct(out, text);
  } else {
    for_each_frame(*text, [&](const Frame& frame) { append_frame(out, frame); });
  }
  if (is_first) opening_.reset();
  if (out.empty()) return nullptr;
  return std::make_shared<const std::string>(std::move(out));
}

// The id comes last: a client that is cut off within these blocks reconnects with the old id and receives all of them again.
std::string SseStream::opening_text() {
  JsonText data;
  std::vector<std::string> rooms;
  for (const Room& room : rooms_)
    if (!room.has_left) rooms.push_back(room.id);
  data.text("userId", opening_->user_id).text("session", opening_->session_id).raw("rooms", json_array(rooms, json_string));
  std::string text = opening_->asked.head + sse_padding() + sse_retry(opening_->asked.retry_ms);
  text += sse_block("dialogue.open", data.take());
  text += opening_->missed;
  append_id(text);
  return text += '\n';
}

void SseStream::append_frame(std::string& out, const Frame& frame) {
  switch (frame.type) {
    case FrameType::joined:
      return append_joined(frame);
    case FrameType::skip:
      if (Room* const room = room_of(frame.integers[0])) room->position.seq = std::max(room->position.seq, frame.integers[2]);
      return;  // the next id says so
    case FrameType::gap:
      return append_gap(out, frame);
    case FrameType::left:
      return append_left(out, frame);
    case FrameType::ping:
      append_id(out);
      out += sse_block("dialogue.heartbeat", JsonText().number("timestamp", frame.integers[0]).take());
      return;
    case FrameType::bye:
      return append_bye(out, frame);
    default:
      return;  // presence, answers to what the opening asked, and the token's time are not for streams
  }
}

// Whatever came of a room before the answer to its JOIN comes again from the position that was asked for.
void SseStream::append_joined(const Frame& frame) {
  const std::uint64_t req = frame.integers[0], number = frame.integers[1];
  if (req == 0 && room_of(number) == nullptr) return joined(frame);
  if (req != 0 && req <= rooms_.size() && rooms_[req - 1].is_in_url) rooms_[req - 1].number = number;
}

void SseStream::append_gap(std::string& out, const Frame& frame) {
  Room* const room = room_of(frame.integers[0]);
  if (room == nullptr) return;
  room->position.seq = std::max(room->position.seq, frame.integers[2]);
  append_id(out);
  out += sse_block("dialogue.missed", JsonText()
                                          .text("roomId", room->id)
                                          .text("reason", error_name(code_of(frame.integers[3])))
                                          .number("from", frame.integers[1])
                                          .number("to", frame.integers[2])
                                          .take());
}

void SseStream::append_left(std::string& out, const Frame& frame) {
  Room* const room = room_of(frame.integers[1]);
  if (room == nullptr) return;
  room->has_left = true;
  const ErrorCode code = code_of(frame.integers[2]);
  append_id(out);
  out += left_block(room->id, code);
  if (has_left_all()) phase_ = Phase::over;
}

bool SseStream::has_left_all() const {
  return !wants_user_ && std::all_of(rooms_.begin(), rooms_.end(), [](const Room& each) { return each.has_left; });
}

void SseStream::append_bye(std::string& out, const Frame& frame) {
  const ErrorCode code = code_of(frame.integers[0]);
  std::string last = id();
  if (!error_row(code).retryable) last += sse_end_mark(request_digest_);
  out +=
      sse_error(code, core::text_in(frame.payload, "message"), frame.integers[1], last, core::text_in(frame.payload, "reason"));
  phase_ = Phase::over;
}

void SseStream::append_events(std::string& out, const core::SharedBytes& text, Room& room) {
  for (const SseBlock& block : texts_.blocks_of(text, room.id, room.position.epoch)) {
    if (block.seq != 0) {
      room.position.seq = std::max(room.position.seq, block.seq);
      if (room.is_in_url) append_id(out);
    }
    out += block.text;
  }
}

// Sent to the user or the session, outside of any room: it has no position, and is not repeated.
void SseStream::append_direct(std::string& out, const core::SharedBytes& text) {
  for (const SseBlock& block : texts_.blocks_of(text, {}, 0)) out += block.text;
}

void SseStream::append_id(std::string& out) const {
  if (const std::string now = id(); !now.empty()) append_id_line(out, now);
}

std::string SseStream::id() const {
  std::string id;
  for (const Room& room : rooms_) {
    if (!room.is_in_url) continue;
    if (!id.empty()) id += '-';
    append_sse_position(id, room.position);
  }
  return id;
}

SseStream::Room* SseStream::room_of(std::uint64_t number) {
  const auto found = std::find_if(rooms_.begin(), rooms_.end(),
                                  [number](const Room& room) { return number != 0 && room.number == number && !room.has_left; });
  return found == rooms_.end() ? nullptr : &*found;
}

}  // namespace dialogue::transport
