// One socket between accept and its first request: it waits in its loop's socket set, without a coroutine and, until bytes come,
// without a buffer. A request that may become a WebSocket becomes one here, and the socket stays in the set; everything else goes
// on as an HttpSession. What speaks TLS is an HttpSession from the first byte. Lives on its loop's thread; kept alive by the set.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "server/net/address_limits.hpp"
#include "server/net/shard_loop.hpp"
#include "server/net/socket_set.hpp"
#include "server/net/swept.hpp"

namespace dialogue {

class Arrival : public Swept, public SocketListener, public std::enable_shared_from_this<Arrival> {
 public:
  /// Takes the socket over; nothing to hold.
  static void begin(ShardLoop& loop, NewSocket socket);

  Arrival(ShardLoop& loop, NewSocket socket);

  void on_ready(bool readable, bool writable) override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override { end(); }  ///< a request that is not whole has not been accepted
  void abandon() override { end(); }

 private:
  [[nodiscard]] bool is_here() const { return socket_.descriptor.get() >= 0; }
  void wait();
  void ask_take_up();
  /// Reads, and goes on as what the bytes say once there are enough of them.
  void take_up();
  /// False: nothing more will come.
  [[nodiscard]] bool read();
  /// Whether it is known who the peer is: the socket says so, or the PROXY header, which is then taken off.
  [[nodiscard]] bool knows_peer();
  /// Whether the request, whose head has so many bytes, has become a WebSocket.
  [[nodiscard]] bool becomes_websocket(std::size_t head_bytes);
  void go_on_as_http();
  void end();

  ShardLoop& loop_;
  NewSocket socket_;
  IpAddress peer_;
  std::optional<AddressLimits::Connection> counted_;  ///< once the peer is known
  std::uint64_t deadline_ms_;
  bool knows_peer_ = false, is_asked_ = false;
};

}  // namespace dialogue
