// See rooms_texts.hpp.
#include "server/transport/socketio/rooms_texts.hpp"

#include <algorithm>

#include "server/transport/socketio/recovery_offset.hpp"
#include "server/transport/stream_texts.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::transport {
namespace {

constexpr std::string_view kEventHead = R"(42["dialogue:event",)";
constexpr std::size_t kUsualBytes = 192;  ///< without the payload

}  // namespace

std::string rooms_envelope(std::string_view event, std::string_view room_id, std::string_view payload, std::string_view from,
                           std::uint64_t timestamp_ms, std::uint64_t seq, std::uint64_t epoch, bool is_deletion) {
  std::string text;
  text.reserve(kUsualBytes + payload.size());
  text.append("{\"event\":\"").append(event).append("\",");
  if (!room_id.empty()) text.append("\"roomId\":\"").append(room_id).append("\",");
  text.append("\"data\":").append(payload).append(",\"from\":");
  append_json_string(text, from);
  text.append(",\"timestamp\":").append(std::to_string(timestamp_ms));
  if (!room_id.empty()) text.append(",\"seq\":").append(std::to_string(seq)).append(",\"epoch\":").append(std::to_string(epoch));
  if (is_deletion) text.append(",\"deleted\":true");
  return text += '}';
}

RoomsTexts::Known& RoomsTexts::known(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch) {
  const auto is_this = [&](const Known& each) { return !each.text.owner_before(text) && !text.owner_before(each.text); };
  if (const auto found = std::find_if(known_.begin(), known_.end(), is_this); found != known_.end()) return *found;
  Known& known = known_[next_++ % kKnownMax];
  known = {};
  known.text = text;
  FrameSplitter frames(*text);
  std::string_view one;
  Frame frame;
  while (frames.next(one)) {
    if (read_frame(one, frame) != ErrorCode::ok || frame.type != FrameType::event) continue;
    const auto [room, event, seq, timestamp_ms, a, b, c, d] = frame.integers;
    std::string packet(kEventHead);
    packet += rooms_envelope(event_name(catalogue_, event), room_id, frame.payload, frame.string, timestamp_ms, seq, epoch,
                             is_deletion(frame.ext));
    known.blocks.push_back({seq, packet.append(",\"")});
  }
  return known;
}

const std::vector<RoomsBlock>& RoomsTexts::blocks_of(const core::SharedBytes& text, std::string_view room_id,
                                                     std::uint64_t epoch) {
  return known(text, room_id, epoch).blocks;
}

const std::vector<core::SharedBytes>& RoomsTexts::packets_of(const core::SharedBytes& text, std::string_view room_id,
                                                             std::uint64_t epoch, std::uint64_t seq) {
  Known& of_text = known(text, room_id, epoch);
  if (!of_text.packets.empty() && of_text.packets_seq == seq) return of_text.packets;
  of_text.packets.clear();
  of_text.packets_seq = seq;
  for (const RoomsBlock& block : of_text.blocks) {
    seq = std::max(seq, block.seq);
    std::string packet = block.text, offset;
    append_offset(offset, room_id, epoch, seq);
    of_text.packets.push_back(std::make_shared<const std::string>(packet.append(offset).append(kRoomsBlockEnd)));
  }
  return of_text.packets;
}

}  // namespace dialogue::transport
