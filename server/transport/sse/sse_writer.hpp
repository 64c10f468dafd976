// A push stream's outgoing side: texts of frames wait here until the socket is about to take them, and are translated then. A
// text as blocks can be many times as large as it is as frames, and the shard counts frames. Sans-io; not thread-safe.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <utility>

#include "server/transport/send_queue.hpp"

namespace dialogue::transport {

class SseWriter : public SendQueue {
 public:
  /// Calls `each(text)` for the texts that it has not been called for.
  template <typename Each>
  void look_ahead(const Each& each) {
    for (; looked_ < entries_.size(); ++looked_) each(*entries_[looked_].bytes);
  }
  /// Texts that wait become what `translate(text)` gives for each; null: it is dropped. Ends with the one by which kAheadBytes
  /// are ready to be sent.
  template <typename Translate>
  void translate_ahead(const Translate& translate) {
    if (packed_ == entries_.size()) return;
    std::size_t ahead = 0;
    for (std::size_t i = first_; i < packed_ && ahead < kAheadBytes; ++i) ahead += entries_[i].wire_size();
    const auto count = [&](const core::SharedBytes& text) {
      core::SharedBytes blocks = translate(text);
      if (blocks) ahead += blocks->size();
      return blocks;
    };
    translate_unpacked(count, [&] { return ahead < kAheadBytes; });
  }
  /// Fills `out` with what comes next, in order, and returns how many parts it used. Their bytes stay valid until consumed().
  [[nodiscard]] std::size_t gather(std::span<iovec> out) const { return gather_packed(out); }

 private:
  static constexpr std::size_t kAheadBytes = 64 * 1024;

  std::size_t looked_ = 0;  ///< of the opening's entries, none of which has left
};

}  // namespace dialogue::transport
