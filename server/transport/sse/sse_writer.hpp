// A push stream's outgoing side: texts of frames wait here until the stream has translated them, then until the socket takes
// them. Sans-io; not thread-safe.
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
  /// Every text that waits becomes what `translate(text)` gives for it; null: it is dropped.
  template <typename Translate>
  void translate_all(const Translate& translate) {
    translate_unpacked(translate);
    packed_ = entries_.size();
  }
  /// Fills `out` with what comes next, in order, and returns how many parts it used. Their bytes stay valid until consumed().
  [[nodiscard]] std::size_t gather(std::span<iovec> out) const { return gather_packed(out); }

 private:
  std::size_t looked_ = 0;  ///< of the opening's entries, none of which has left
};

}  // namespace dialogue::transport
