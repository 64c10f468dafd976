// Entries get their prefix when they are about to be sent, so that texts which came meanwhile can share a message.
#include "server/net/websocket_writer.hpp"

#include <algorithm>
#include <cassert>

#include "shared/base/limits.hpp"

namespace dialogue {

void WebSocketWriter::push_answer(std::string answer) {
  assert(entries_.empty());
  bytes_ += answer.size() + kEntryOverheadBytes;
  entries_.push_back({.bytes = std::make_shared<const std::string>(std::move(answer)), .kind = Kind::answer});
}

void WebSocketWriter::push_text(SharedBytes text, std::uint32_t frames) {
  assert(frames <= kBatchFramesMax);
  push(std::move(text), Kind::text, Opcode::text, frames);
}

void WebSocketWriter::push_control(Opcode opcode, std::string payload) {
  assert(payload.size() <= kControlPayloadBytesMax);
  push(std::make_shared<const std::string>(std::move(payload)), Kind::ping_or_close, opcode);
}

void WebSocketWriter::push_pong(std::string payload) {
  assert(payload.size() <= kControlPayloadBytesMax);
  auto bytes = std::make_shared<const std::string>(std::move(payload));
  for (std::size_t i = first_; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.kind != Kind::pong || (i == first_ && first_sent_ > 0)) continue;
    bytes_ = bytes_ - entry.bytes->size() + bytes->size();
    entry.bytes = std::move(bytes);
    set_head(entry, Opcode::pong, entry.bytes->size());
    return;
  }
  push(std::move(bytes), Kind::pong, Opcode::pong);
}

void WebSocketWriter::push(SharedBytes bytes, Kind kind, Opcode control, std::uint32_t frames) {
  bytes_ += bytes->size() + kEntryOverheadBytes;
  entries_.push_back({.bytes = std::move(bytes), .frames = static_cast<std::uint8_t>(frames), .kind = kind});
  if (kind != Kind::text) set_head(entries_.back(), control, entries_.back().bytes->size());
}

void WebSocketWriter::set_head(Entry& entry, Opcode opcode, std::size_t payload_size) {
  std::array<unsigned char, kFrameHeadBytesMax> head;
  entry.prefix_size = static_cast<std::uint8_t>(write_frame_head(head, opcode, payload_size));
  std::copy_n(head.begin(), entry.prefix_size, entry.prefix.begin());
}

// Gives every entry before `until` its prefix. A group is closed once it is packed: what comes later starts another message.
void WebSocketWriter::pack(std::size_t until) {
  while (packed_ < until) {
    if (entries_[packed_].kind == Kind::text)
      pack_group();
    else
      ++packed_;
  }
}

void WebSocketWriter::pack_group() {
  Entry& head = entries_[packed_];
  std::size_t size = head.bytes->size(), frames = head.frames, end = packed_ + 1;
  while (end < entries_.size() && entries_[end].kind == Kind::text) {
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

std::size_t WebSocketWriter::gather(std::span<iovec> out) {
  pack(std::min(entries_.size(), first_ + out.size() / 2));
  std::size_t count = 0, skip = first_sent_;
  const auto add = [&](const void* data, std::size_t size) {
    const std::size_t skipped = std::min(skip, size);
    skip -= skipped;
    if (size > skipped) out[count++] = {const_cast<char*>(static_cast<const char*>(data)) + skipped, size - skipped};
  };
  for (std::size_t i = first_; i < packed_ && count + 2 <= out.size(); ++i) {
    add(entries_[i].prefix.data(), entries_[i].prefix_size);
    add(entries_[i].bytes->data(), entries_[i].bytes->size());
  }
  return count;
}

void WebSocketWriter::consumed(std::size_t bytes) {
  while (bytes > 0) {
    const std::size_t left = entries_[first_].wire_size() - first_sent_;
    if (bytes < left) {
      first_sent_ += bytes;
      return;
    }
    bytes -= left;
    drop_first();
  }
}

void WebSocketWriter::drop_first() {
  bytes_ -= entries_[first_].bytes->size() + kEntryOverheadBytes;
  entries_[first_].bytes.reset();
  first_sent_ = 0;
  if (++first_ < entries_.size()) {
    if (first_ < entries_.size() / 2) return;
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    packed_ -= first_;
  } else {
    entries_.clear();
    if (entries_.capacity() > kEntriesKept) entries_.shrink_to_fit();
    packed_ = 0;
  }
  first_ = 0;
}

}  // namespace dialogue
