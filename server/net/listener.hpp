// The listening socket. It lives on one loop and hands each new socket to the loop that has the fewest
// (docs/decisions/041-accepting-connections.md). When the descriptors for sockets are used up, it gives the last places to
// whoever comes and says so once a second; where the system itself has none it pauses, so that the loop keeps serving who is
// there.
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

#include "server/net/last_places.hpp"
#include "server/net/shard_loop.hpp"
#include "server/net/socket.hpp"

namespace dialogue {

class Listener {
 public:
  Listener(ShardLoop& home, std::span<const std::unique_ptr<ShardLoop>> loops, ListenerKind kind);

  /// Binds and listens. Returns what went wrong, in words, or nothing. Before the loops run.
  [[nodiscard]] std::optional<std::string> open(const std::string& host, std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Begins to accept; before the loops run.
  void start() { wait(); }
  /// On the owner shard loop's thread.
  void stop();

 private:
  void wait();
  void accept_some();
  void pause(int error_number);
  void hand_over(Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer);
  /// For want of descriptors, the socket may only ask for /health and the like.
  void give_last_place(Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer);
  /// At most once a second.
  void warn(const char* event, const std::string& message);
  /// Says once a day that the certificate ends soon.
  void look_at_certificate();

  ShardLoop& home_;
  std::span<const std::unique_ptr<ShardLoop>> loops_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      pause_timer_;
  LastPlaces last_places_;
  std::uint64_t last_log_ms_ = 0, certificate_look_ms_ = 0;
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;
  const ListenerKind kind_;
  bool loopback_ = false;
};

}  // namespace dialogue
