// One socket between accept and its first request: it waits in its loop's socket set, without a coroutine and, until bytes come,
// without a buffer. A request for a transport becomes its connection here, and the socket stays in the set; everything else goes
// on as an HttpSession, as what speaks TLS does from the first byte. Lives on its loop's thread; kept alive by the set.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "server/http/http_context.hpp"
#include "server/http/request/handshake_fsm.hpp"
#include "server/loop/accepted_socket.hpp"
#include "server/loop/socket_set.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/expirable.hpp"

namespace dialogue::http {

class PlainHandshake : public net::Expirable, public loop::SocketListener, public std::enable_shared_from_this<PlainHandshake> {
 public:
  /// Takes the socket over; nothing to hold.
  static void begin(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket);

  PlainHandshake(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket);

  void on_ready(bool readable, bool writable) override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  /// A request that is not whole has not been accepted; but who watches the drain is answered, within the handshake's time.
  void drain() override {
    if (!loop::shows_drain(socket_.listener)) end();
  }
  void abandon() override { end(); }

 private:
  [[nodiscard]] bool is_here() const { return socket_.descriptor.get() >= 0; }
  void wait();
  void ask_take_up();
  /// Reads until the protocol is known, then continues with it.
  void take_up();
  /// False: nothing more will come.
  [[nodiscard]] bool read();
  [[nodiscard]] HandshakeFsm::Step resume();
  /// Whether the peer is known and counted, or refused.
  [[nodiscard]] bool is_admitted();
  /// Whether the request has become a connection of a transport; `refused` has the reason if an upgrade was refused.
  [[nodiscard]] bool becomes_connection(HandshakeFsm::Request& request, std::optional<UpgradeRefusal>& refused);
  void end();

  loop::ShardLoop& loop_;
  const HttpContext& context_;
  loop::AcceptedSocket socket_;
  HandshakeFsm fsm_;
  std::optional<net::AddressLimits::Connection> counted_;  ///< once the peer is known
  std::uint64_t deadline_ms_;
  bool is_asked_ = false;
};

}  // namespace dialogue::http
