// One rule per `demand`.
#include "tests/server/core/support/referee.hpp"

#include "shared/json/json_reader.hpp"

namespace dialogue::testing {
namespace {

std::uint64_t clock_in(std::string_view object) {
  JsonReader reader(object);
  std::string key;
  std::uint64_t clock = 0;
  demand(reader.enter_object(), "JOINED ends with an object");
  while (reader.next_key(key))
    if (!(key == "clock" ? reader.read_integer(clock) : reader.skip())) break;
  demand(reader.at_end() && clock > 0, "JOINED has a clock");
  return clock;
}

}  // namespace

void Referee::judge(Client& client) {
  for (const std::string& text : client.take()) judge_frame(text);
  demand(dismissed_ == (client.close_code() != 0), "BYE and Close come together");
}

std::size_t Referee::verdicts(std::uint64_t room, std::uint64_t number) const {
  const auto found = verdicts_.find({room, number});
  return found == verdicts_.end() ? 0 : found->second;
}

void Referee::judge_frame(const std::string& text) {
  Frame frame;
  demand(read_frame(text, frame) == ErrorCode::ok && frame.type >= FrameType::welcome, "a server's frame has its form: " + text);
  demand(!dismissed_, "BYE is the last frame, not " + text);
  demand(json_value_length(text) == text.size(), "a frame is JSON: " + text);
  demand(welcomed_ || frame.type == FrameType::welcome || frame.type == FrameType::bye, "WELCOME comes first, not " + text);
  switch (frame.type) {
    case FrameType::welcome:
      demand(!welcomed_, "WELCOME comes once");
      welcomed_ = true;
      break;
    case FrameType::bye:
      dismissed_ = true;
      break;
    case FrameType::reply:
      ++answers_[frame.integers[0]];
      break;
    case FrameType::ack:
    case FrameType::nack:
      ++verdicts_[{frame.integers[0], frame.integers[1]}];
      break;
    case FrameType::joined:
      ++answers_[frame.integers[0]];
      demand(!is_in(frame.integers[1]), "JOINED comes once per membership: " + text);
      demand(frame.integers[2] >= 1, "an epoch is never 0: " + text);
      demand(frame.integers[3] >= 1 && frame.integers[3] <= frame.integers[4] + 1, "the log has a beginning: " + text);
      rooms_[frame.integers[1]] = {frame.integers[3], frame.integers[4] + 1, clock_in(frame.payload)};
      break;
    case FrameType::left:
      ++answers_[frame.integers[0]];
      demand(rooms_.erase(frame.integers[1]) == 1 || frame.integers[0] != 0, "LEFT is about a room one is in: " + text);
      break;
    default:
      judge_room_frame(frame, text);
      break;
  }
}

void Referee::judge_order(RoomState& state, std::uint64_t first, std::uint64_t last, const std::string& text) {
  demand(first >= state.first_min && first <= state.next_seq && last >= first, "sequences are contiguous: " + text);
  state.first_min = state.next_seq = last + 1;
}

void Referee::judge_room_frame(const Frame& frame, const std::string& text) {
  if (frame.type == FrameType::ping) return;
  const bool is_own = frame.type == FrameType::event && frame.integers[0] == 0;  // for its user, and of no room
  if (is_own) return demand(frame.integers[2] == 0, "what is of no room is in no log: " + text);
  const auto room = rooms_.find(frame.integers[0]);
  demand(room != rooms_.end(), "a room speaks to its members only: " + text);
  RoomState& state = room->second;
  if (frame.type == FrameType::event && frame.integers[2] != 0) {
    judge_order(state, frame.integers[2], frame.integers[2], text);
  } else if (frame.type == FrameType::skip || frame.type == FrameType::gap) {
    judge_order(state, frame.integers[1], frame.integers[2], text);
  } else if (frame.type == FrameType::presence) {
    demand(frame.integers[1] > state.clock, "the clock of presence goes on: " + text);
    state.clock = frame.integers[1];
  }
}

}  // namespace dialogue::testing
