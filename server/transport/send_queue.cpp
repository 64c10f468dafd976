// Entries leave in the order in which they came; what was sent is dropped in bulk, so that a long queue is not moved each time.
#include "server/transport/send_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace dialogue::transport {

void SendQueue::push_text(core::SharedBytes text, std::uint32_t frames) {
  assert(frames <= kBatchFramesMax);
  push(std::move(text), kText, frames);
}

SendQueue::Entry& SendQueue::push(core::SharedBytes bytes, std::uint8_t kind, std::uint32_t frames) {
  bytes_ += bytes->size() + kEntryOverheadBytes;
  entries_.push_back({.bytes = std::move(bytes), .frames = static_cast<std::uint8_t>(frames), .kind = kind});
  return entries_.back();
}

void SendQueue::replace(Entry& entry, core::SharedBytes bytes) {
  bytes_ = bytes_ - entry.bytes->size() + bytes->size();
  entry.bytes = std::move(bytes);
}

std::size_t SendQueue::gather_packed(std::span<iovec> out) const {
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

void SendQueue::consumed(std::size_t bytes) {
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

void SendQueue::drop_first() {
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

}  // namespace dialogue::transport
