// The listening socket. It lives on one loop and passes each new socket to the loop that has the fewest
// (docs/decisions/041-accepting-connections.md). When the descriptors for sockets are used up, it uses the last places for all
// newcomers and logs that once a second. If the system itself has none it pauses, so that the loop keeps serving existing
// connections.
#pragma once
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "server/loop/shard_loop.hpp"
#include "server/net/descriptors.hpp"
#include "server/net/reserved_descriptors.hpp"
#include "server/net/socket.hpp"
#include "server/net/tls.hpp"
#include "server/net/unix_socket_file.hpp"

namespace dialogue::host {

class Listener {
 public:
  /// `budget` outlives it. `certificate` is checked once a day for its end; null for a listener without TLS.
  Listener(loop::ShardLoop& home, std::span<const std::unique_ptr<loop::ShardLoop>> loops, loop::ListenerKind kind,
           const net::DescriptorBudget& budget, std::shared_ptr<const net::TlsCertificate> certificate);

  /// Binds and listens. Returns nothing, or what went wrong as a text. Called before the loops run.
  [[nodiscard]] std::optional<std::string> open(const std::string& host, std::uint16_t port);
  /// Like open(), but takes ownership of a socket that listens already.
  [[nodiscard]] std::optional<std::string> take(int descriptor);
  /// Like open(), but listens on a Unix socket, whose peers count as this machine.
  [[nodiscard]] std::optional<std::string> open_unix(const std::string& path);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Returns why open() would fail, except that the address is in use. Binds for a moment.
  [[nodiscard]] static std::optional<std::string> fault_of(const std::string& host, std::uint16_t port);

  /// Begins to accept; before the loops run.
  void start() { wait(); }
  /// On the thread of its loop.
  void stop();
  /// It accepts until the loops end, so that operators can observe the drain.
  [[nodiscard]] bool shows_drain() const { return loop::shows_drain(kind_); }

 private:
  void prepare();
  void hand_over_accepted(net::Descriptor descriptor, boost::asio::ip::tcp::endpoint peer, std::size_t peer_bytes);
  void wait();
  void accept_some();
  void pause(int error_number);
  void hand_over(net::Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer);
  /// For want of descriptors, the socket may only ask for /health and the like.
  void give_reserved(net::Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer);
  /// At most once a second.
  void warn(const char* event, const std::string& message);
  /// Says once a day that the certificate ends soon.
  void look_at_certificate();

  loop::ShardLoop& home_;
  std::span<const std::unique_ptr<loop::ShardLoop>> loops_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, net::Executor> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
      pause_timer_;
  const net::DescriptorBudget& budget_;
  std::shared_ptr<const net::TlsCertificate> certificate_;
  net::ReservedDescriptors reserved_;
  std::uint64_t last_log_ms_ = 0, certificate_look_ms_ = 0;
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;
  const loop::ListenerKind kind_;
  bool loopback_ = false, is_unix_ = false;
  net::UnixSocketFile file_;
};

}  // namespace dialogue::host
