// Entries get their prefix when they are about to be sent, so that texts which came meanwhile can share a message.
#include "server/transport/websocket/websocket_writer.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {

void WebSocketWriter::push_answer(std::string answer) {
  assert(empty());
  begin_opening();
  push(std::make_shared<const std::string>(std::move(answer)), kAnswer);
}

void WebSocketWriter::push_binary(core::SharedBytes bytes) { push(std::move(bytes), kBinary); }

void WebSocketWriter::push_control(Opcode opcode, std::string payload) {
  assert(payload.size() <= kControlPayloadBytesMax);
  Entry& entry = push(std::make_shared<const std::string>(std::move(payload)), kPingOrClose);
  set_head(entry, opcode, entry.bytes->size());
}

void WebSocketWriter::push_pong(std::string payload) {
  assert(payload.size() <= kControlPayloadBytesMax);
  auto bytes = std::make_shared<const std::string>(std::move(payload));
  for (std::size_t i = first_; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.kind != kPong || has_begun(i)) continue;
    replace(entry, std::move(bytes));
    set_head(entry, Opcode::pong, entry.bytes->size());
    return;
  }
  Entry& entry = push(std::move(bytes), kPong);
  set_head(entry, Opcode::pong, entry.bytes->size());
}

void WebSocketWriter::set_head(Entry& entry, Opcode opcode, std::size_t payload_size) {
  std::array<unsigned char, kFrameHeadBytesMax> head;
  entry.prefix_size = static_cast<std::uint8_t>(write_frame_head(head, opcode, payload_size));
  std::copy_n(head.begin(), entry.prefix_size, entry.prefix.begin());
}

// Gives every entry before `until` its prefix. A group is closed once it is packed: what comes later starts another message.
void WebSocketWriter::pack(std::size_t until) {
  while (packed_ < until) {
    Entry& entry = entries_[packed_];
    if (entry.kind == kText && stays_text(entry) && packing_ == Packing::lines) {
      pack_group();
      continue;
    }
    if (entry.kind == kText) set_head(entry, Opcode::text, entry.bytes->size());
    if (entry.kind == kBinary) set_head(entry, Opcode::binary, entry.bytes->size());
    ++packed_;
  }
}

void WebSocketWriter::pack_group() {
  Entry& head = entries_[packed_];
  std::size_t size = head.bytes->size(), frames = head.frames, end = packed_ + 1;
  if (binary_ == Binary::offered) look_for_welcome(*head.bytes);
  while (end < entries_.size() && entries_[end].kind == kText && stays_text(entries_[end])) {
    const std::size_t grown = size + 1 + entries_[end].bytes->size();
    frames += entries_[end].frames;
    if (frames > kBatchFramesMax || grown > kBatchBytesMax) break;
    size = grown;
    entries_[end].prefix[0] = '\n';
    entries_[end].prefix_size = 1;
    ++end;
  }
  set_head(head, Opcode::text, size);
  packed_ = end;
}

bool WebSocketWriter::stays_text(Entry& entry) {
  if (binary_ != Binary::granted) return true;
  core::SharedBytes binary = texts_->binary_of(entry.bytes);
  if (!binary) return true;
  replace(entry, std::move(binary));
  entry.kind = kBinary;
  return false;
}

// WELCOME is the first frame of all that wait to be packed, whether or not others follow it in its text.
void WebSocketWriter::look_for_welcome(const std::string& text) {
  static const std::string kGrant = '[' + std::to_string(static_cast<unsigned>(FrameType::welcome)) + ',' +
                                    std::to_string(kProtocolVersion) + ',' + std::to_string(kBinaryFeature) + ',';
  binary_ = text.starts_with(kGrant) ? Binary::granted : Binary::none;
}

std::size_t WebSocketWriter::gather(std::span<iovec> out) {
  pack(std::min(entries_.size(), first_ + out.size() / 2));
  return gather_packed(out);
}

}  // namespace dialogue::transport
