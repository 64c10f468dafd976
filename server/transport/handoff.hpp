// A connection on its way from the loop that took its handshake to the loop where it will live, or a request on its way to its
// connection. The loop holds it as this; what it is made of is known to the transport. A value of one owner; passed between
// threads with its loop's mailbox.
#pragma once
#include "server/net/connection_count.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class Handoff {
 public:
  virtual ~Handoff() = default;  ///< closes the socket, if the connection was not opened
  /// The loop to which it goes counts it from here on.
  virtual void count_in(net::ConnectionCountGuard count) = 0;
  /// Opens the connection, on the thread of `loop`.
  virtual void open(loop::ShardLoop& loop) = 0;
  /// False: it concerns an existing connection, and a loop that drains opens it nevertheless.
  [[nodiscard]] virtual bool begins_connection() const { return true; }
};

}  // namespace dialogue::transport
