// One connection through the proxy, over TCP or TLS. It reads by itself from the moment it is open, so that the time of each
// byte and of the end is known whatever the probe waits for. Held by a shared_ptr; one thread, one probe waits at a time.
//
//   auto wire = std::make_shared<Wire>(executor, route);
//   if (std::string fault = co_await wire->open(until); !fault.empty()) ...
//   wire->send("GET / HTTP/1.1\r\n...");
//   co_await wire->until(deadline, [&] { return !wire->received().empty(); });
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/doctor/wire/route.hpp"

namespace dialogue::doctor {

/// The content of the peer's certificate.
struct Certificate {
  std::string protocol;  ///< "TLSv1.3"
  std::int64_t days_left = 0;
};

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  /// `route` outlives it.
  Wire(boost::asio::any_io_executor executor, const Route& route);

  /// Opens the connection; called once. Returns the error as text; empty: it is open.
  [[nodiscard]] boost::asio::awaitable<std::string> open(Time until);
  /// Sends bytes, in the order of the calls; does nothing after the end.
  void send(std::string bytes);
  /// Waits until `is_so()` is true, the connection ends or `time` is reached. Returns the last value of `is_so()`.
  [[nodiscard]] boost::asio::awaitable<bool> until(Time time, std::function<bool()> is_so);
  void close();

  /// Returns the received bytes, which the reader removes from the front. Beyond kUnreadBytesMax, the connection is closed.
  [[nodiscard]] std::string& received() { return received_; }
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  /// Returns how the connection ended: "closed", "reset", or another error; empty while it is open.
  [[nodiscard]] const std::string& end() const { return end_; }
  [[nodiscard]] Time opened_at() const { return opened_at_; }
  [[nodiscard]] Time ended_at() const { return ended_at_; }
  /// Returns when the last byte passed, in either direction.
  [[nodiscard]] Time moved_at() const { return moved_at_; }
  /// Returns the longest time so far without a byte from the server.
  [[nodiscard]] Clock::duration longest_silence() const;
  [[nodiscard]] Clock::duration connect_time() const { return connect_time_; }
  /// Returns the peer's certificate; no value without TLS.
  [[nodiscard]] const std::optional<Certificate>& certificate() const { return certificate_; }
  /// Returns the peer's address and port, such as "192.0.2.1:443".
  [[nodiscard]] const std::string& peer() const { return peer_; }

 private:
  using Tcp = boost::asio::ip::tcp;

  [[nodiscard]] boost::asio::awaitable<std::string> secure();
  [[nodiscard]] boost::asio::awaitable<void> read_all();
  [[nodiscard]] boost::asio::awaitable<void> write_all();
  void ended(std::string how);

  boost::asio::any_io_executor executor_;
  const Route& route_;
  Tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;
  boost::asio::steady_timer news_;
  std::string received_, unsent_, end_, peer_;
  std::optional<Certificate> certificate_;
  bool is_writing_ = false, has_ended_ = false;
  Time opened_at_{}, ended_at_{}, moved_at_{}, received_at_{};
  Clock::duration silence_{}, connect_time_{};
};

}  // namespace dialogue::doctor
