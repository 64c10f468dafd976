// See downlink.hpp.
#include "server/transport/http_tunnel/downlink.hpp"

#include <algorithm>

#include "shared/base/mutation.hpp"

namespace dialogue::transport {

Downlink::Acknowledged Downlink::acknowledge(std::uint64_t have) {
  if (have < acknowledged_) return Acknowledged::stale;
  if (have > sent_) return Acknowledged::ahead;
  acknowledged_ = have;
  forget_covered();
  return Acknowledged::ok;
}

// What the request in use has not been given stays, although another one has acknowledged it: its reader counts frames.
void Downlink::forget_covered() {
  std::size_t covered = 0;
  for (; covered < cursor_ && base_ + window_[covered].frames <= acknowledged_; ++covered) {
    base_ += window_[covered].frames;
    window_bytes_ -= window_[covered].text->size() + kEntryOverheadBytes;
  }
  window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(covered));
  cursor_ -= covered;
  if (window_.empty()) window_.shrink_to_fit();  // an idle connection holds no buffer
}

void Downlink::rewind() {
  if (is_mutated(Mutation::answered_is_received)) static_cast<void>(acknowledge(sent_));
  cursor_ = window_.size();
  forget_covered();
  cursor_ = 0;
}

std::size_t Downlink::next_bytes(std::size_t window_bytes) const {
  if (cursor_ < window_.size()) return window_[cursor_].text->size();
  return empty() || window_bytes_ >= window_bytes ? 0 : entries_[first_].bytes->size();
}

const core::SharedBytes* Downlink::next(std::size_t window_bytes) {
  forget_covered();
  if (cursor_ == window_.size()) {
    if (empty() || window_bytes_ >= window_bytes) return nullptr;
    packed_ = entries_.size();  // entries have no prefix here
    const Entry& entry = entries_[first_];
    window_.push_back({entry.bytes, entry.frames});
    window_bytes_ += entry.bytes->size() + kEntryOverheadBytes;
    sent_ += entry.frames;
    consumed(entry.wire_size());
  }
  return &window_[cursor_++].text;
}

}  // namespace dialogue::transport
