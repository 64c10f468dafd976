// How many connections are in which state of their life. Values.
#pragma once
#include <cstddef>

namespace dialogue::core {

struct StateCounts {
  std::size_t awaiting_hello = 0;  ///< the handshake is done, HELLO is not there
  std::size_t identifying = 0;     ///< HELLO came; who it is, or whether it may come in, is being asked
  std::size_t ready = 0;
  std::size_t closing = 0;  ///< told to go, and not gone
};

}  // namespace dialogue::core
