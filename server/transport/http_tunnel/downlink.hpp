// A connection's frames to a client that receives them in answers to requests, any of which may be lost: frames that wait, and
// frames that were sent and are not acknowledged. Frames are numbered from 1. Sans-io; not thread-safe.
//
//   if (downlink.acknowledge(have) != Downlink::Acknowledged::ok) ...
//   downlink.rewind();                                    // each new request begins behind what is acknowledged
//   while (const core::SharedBytes* text = downlink.next(window)) write(*text);
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/transport/send_queue.hpp"

namespace dialogue::transport {

class Downlink : public SendQueue {
 public:
  /// stale: the client had acknowledged more before. ahead: it claims what was never sent. Both change nothing.
  enum class Acknowledged : std::uint8_t { ok, stale, ahead };

  /// The client has all frames up to this number. What it covers is freed once the request in use has been given it.
  [[nodiscard]] Acknowledged acknowledge(std::uint64_t have);
  /// From here on next() begins with what is not acknowledged.
  void rewind();
  /// The next text, of one frame or more with LF between them, to be sent behind those before it. Null: there is none, or
  /// `window_bytes` or more are unacknowledged. Good until the next call.
  [[nodiscard]] const core::SharedBytes* next(std::size_t window_bytes);
  /// The bytes of what next() would give, 0 where it gives nothing.
  [[nodiscard]] std::size_t next_bytes(std::size_t window_bytes) const;

  /// Whether next() will give something, now or once the window has room.
  [[nodiscard]] bool has_next() const { return cursor_ < window_.size() || !empty(); }

  /// The number of the first frame of what next() gives after rewind(). It may be acknowledged, where others of its text are not.
  [[nodiscard]] std::uint64_t first() const { return base_ + 1; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] bool is_all_acknowledged() const { return acknowledged_ == sent_ && empty(); }
  [[nodiscard]] std::size_t window_bytes() const { return window_bytes_; }

 private:
  struct Sent {
    core::SharedBytes text;
    std::uint32_t frames;
  };

  void forget_covered();

  std::vector<Sent> window_;      ///< sent, and not acknowledged or still to be given to the request in use; oldest first
  std::size_t cursor_ = 0;        ///< in window_: what next() gives
  std::size_t window_bytes_ = 0;  ///< kEntryOverheadBytes for each text included
  std::uint64_t base_ = 0;        ///< frames before window_
  std::uint64_t sent_ = 0;        ///< frames up to the end of window_
  std::uint64_t acknowledged_ = 0;
};

}  // namespace dialogue::transport
