// A field of a block ends at CR or LF. Names have neither, and neither has the JSON that we write; a payload's are replaced.
#include "server/transport/sse/sse_texts.hpp"

#include <algorithm>

#include "server/transport/stream_texts.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kUsualBlockBytes = 160;  ///< without the payload

}  // namespace

void append_id_line(std::string& out, std::string_view id) { out.append("id: ").append(id).append("\n"); }

std::string sse_block(std::string_view name, std::string_view data) {
  std::string block = "event: ";
  return block.append(name).append("\ndata: ").append(data).append("\n\n");
}

SseBlock SseTexts::block_of(const Frame& frame, std::string_view room_id, std::uint64_t epoch) const {
  const std::uint64_t event = frame.integers[1], seq = frame.integers[2], timestamp_ms = frame.integers[3];
  const std::string_view name = event_name(catalogue_, event);
  std::string text;
  text.reserve(kUsualBlockBytes + frame.payload.size() + name.size() * 2 + room_id.size());
  text.append("event: ").append(name).append("\ndata: {\"event\":\"").append(name).append("\",");
  if (!room_id.empty()) text.append("\"roomId\":\"").append(room_id).append("\",");
  const std::size_t payload_at = text.append("\"data\":").size();
  text.append(frame.payload);
  std::replace_if(
      text.begin() + static_cast<std::ptrdiff_t>(payload_at), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  text += ",\"from\":";
  append_json_string(text, frame.string);
  text.append(",\"timestamp\":").append(std::to_string(timestamp_ms));
  if (!room_id.empty()) text.append(",\"seq\":").append(std::to_string(seq)).append(",\"epoch\":").append(std::to_string(epoch));
  if (is_deletion(frame.ext)) text.append(",\"deleted\":true");
  text.append("}\n\n");
  return {seq, std::move(text)};
}

SseTexts::Known& SseTexts::known(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch) {
  const auto is_this = [&](const Known& each) { return !each.text.owner_before(text) && !text.owner_before(each.text); };
  if (is_this(*newest_)) return *newest_;
  if (const auto found = std::find_if(known_.begin(), known_.end(), is_this); found != known_.end()) return *(newest_ = &*found);
  Known& known = known_[next_++ % kKnownMax];
  newest_ = &known;
  known.text = text;
  known.blocks.clear();
  known.whole = {};
  FrameSplitter frames(*text);
  std::string_view one;
  Frame frame;
  while (frames.next(one))
    if (read_frame(one, frame) == ErrorCode::ok && frame.type == FrameType::event)
      known.blocks.push_back(block_of(frame, room_id, epoch));
  return known;
}

const std::vector<SseBlock>& SseTexts::blocks_of(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch) {
  return known(text, room_id, epoch).blocks;
}

const SseWhole& SseTexts::whole_of(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch) {
  Known& of_text = known(text, room_id, epoch);
  if (of_text.whole.bytes) return of_text.whole;
  std::string whole;
  std::uint64_t last_seq = 0;
  for (const SseBlock& block : of_text.blocks) {
    const SsePosition position{epoch, block.seq};
    if (block.seq != 0) append_id_line(whole, sse_id({&position, 1}));
    last_seq = std::max(last_seq, block.seq);
    whole += block.text;
  }
  return of_text.whole = {std::make_shared<const std::string>(std::move(whole)), last_seq};
}

}  // namespace dialogue::transport
