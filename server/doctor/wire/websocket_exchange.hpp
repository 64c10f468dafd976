// A WebSocket through the proxy, as a browser opens one: the handshake, then text messages. Pings are answered. One thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "server/doctor/wire/http_exchange.hpp"

namespace dialogue::doctor {

class WebSocketExchange {
 public:
  WebSocketExchange(boost::asio::any_io_executor executor, const Route& route);

  /// Sends the handshake; true: it was answered, and http().status() is the answer.
  [[nodiscard]] boost::asio::awaitable<bool> open(Time until);
  /// Waits for a frame of the server; false: none came.
  [[nodiscard]] boost::asio::awaitable<bool> has_frame(Time until);
  /// Waits for the end.
  [[nodiscard]] boost::asio::awaitable<bool> has_closed(Time until);
  /// The next frame that came. After has_frame().
  [[nodiscard]] std::string take();
  void send(std::string_view frame);
  /// A ping, which the server answers by a pong: bytes in both directions.
  void ping();
  /// Closes in order, without waiting for the answer.
  void close();

  [[nodiscard]] HttpExchange& http() { return http_; }
  [[nodiscard]] Wire& wire() { return http_.wire(); }
  /// The code of the server's Close; 0: none came.
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }

 private:
  void parse();
  void send_frame(std::uint8_t opcode, std::string_view payload);

  HttpExchange http_;
  std::deque<std::string> frames_;  ///< of at most what a wire may have unread
  std::string message_;
  std::uint16_t close_code_ = 0;
};

}  // namespace dialogue::doctor
