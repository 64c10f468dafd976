// The queue of one connection, for any transport: texts and the transport's own messages, in order. No byte of a text is
// copied. A transport gives each entry its prefix (a frame's head, a separator) when it is about to be sent, so that texts that
// arrived meanwhile can share a message. Sans-io: gather() returns the next bytes, consumed() reports how many were accepted.
// Not thread-safe.
#pragma once
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::transport {

class SendQueue {
 public:
  /// One frame of dialogue.v1, or `frames` of them with LF between them, at most kBatchFramesMax.
  void push_text(core::SharedBytes text, std::uint32_t frames = 1);

  /// Has the processor fetch what gather() will look at first.
  void prefetch() const { __builtin_prefetch(entries_.data()); }
  /// The first `bytes` of what gather() showed were sent.
  void consumed(std::size_t bytes);

  [[nodiscard]] bool empty() const { return first_ == entries_.size(); }
  /// What waits: payload bytes, and kEntryOverheadBytes for each entry.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 protected:
  static constexpr std::uint8_t kText = 0;  ///< the kind of push_text(); others are the transport's
  struct Entry {
    core::SharedBytes bytes;
    std::array<unsigned char, 10> prefix{};  ///< what goes before the bytes
    std::uint8_t prefix_size = 0;
    std::uint8_t frames = 1;
    std::uint8_t kind = kText;
    [[nodiscard]] std::size_t wire_size() const { return prefix_size + bytes->size(); }
  };
  static constexpr std::size_t kEntryOverheadBytes = sizeof(Entry);

  ~SendQueue() = default;
  Entry& push(core::SharedBytes bytes, std::uint8_t kind, std::uint32_t frames = 1);
  /// Other bytes in the place of an entry's.
  void replace(Entry& entry, core::SharedBytes bytes);
  /// Removes an entry that is not packed.
  void drop(std::size_t index) {
    bytes_ -= entries_[index].bytes->size() + kEntryOverheadBytes;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  /// From packed_ on, while `wants_more()`, an entry gets the bytes that `translate(bytes)` gives in place of its own, and is
  /// packed; null: it is dropped.
  template <typename Translate, typename WantsMore>
  void translate_unpacked(const Translate& translate, const WantsMore& wants_more);
  /// Whether some of it was sent, so that it must go on as it is.
  [[nodiscard]] bool has_begun(std::size_t index) const { return index == first_ && first_sent_ > 0; }
  /// Entries until the queue is empty again are a connection's opening: their memory is released, because further ones may be
  /// long in coming.
  void begin_opening() { entries_.reserve(kEntriesKept + 1); }
  /// Fills `out` with the packed entries, in order, and returns how many parts it used. They stay valid until consumed().
  [[nodiscard]] std::size_t gather_packed(std::span<iovec> out) const;

  std::vector<Entry> entries_;  ///< [first_, packed_) have their prefix, the rest wait for company
  std::size_t first_ = 0, packed_ = 0;

 private:
  static constexpr std::size_t kEntriesKept = 4;  ///< room that an idle queue may keep; a burst's room is given back

  void drop_first();

  std::size_t first_sent_ = 0;  ///< bytes of entries_[first_] that were sent, prefix included
  std::size_t bytes_ = 0;
};

template <typename Translate, typename WantsMore>
void SendQueue::translate_unpacked(const Translate& translate, const WantsMore& wants_more) {
  const auto at = [this](std::size_t index) { return entries_.begin() + static_cast<std::ptrdiff_t>(index); };
  std::size_t next = packed_;
  for (; next < entries_.size() && wants_more(); ++next) {
    core::SharedBytes bytes = translate(entries_[next].bytes);
    if (bytes) {
      replace(entries_[next], std::move(bytes));
      if (packed_ != next) entries_[packed_] = std::move(entries_[next]);
      ++packed_;
    } else {
      bytes_ -= entries_[next].bytes->size() + kEntryOverheadBytes;
    }
  }
  entries_.erase(at(packed_), at(next));
}

}  // namespace dialogue::transport
