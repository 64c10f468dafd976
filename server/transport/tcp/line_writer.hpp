// A stream's outgoing side: texts wait here until the socket takes them, and each frame of them ends in LF. Sans-io; not
// thread-safe.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/transport/send_queue.hpp"

namespace dialogue::transport {

class LineWriter : public SendQueue {
 public:
  /// Fills `out` with what comes next, in order, and returns how many parts it used. Their bytes stay valid until consumed().
  [[nodiscard]] std::size_t gather(std::span<iovec> out);

 private:
  static constexpr std::uint8_t kLineEnd = 1;  ///< the end of the last line that was packed
};

}  // namespace dialogue::transport
