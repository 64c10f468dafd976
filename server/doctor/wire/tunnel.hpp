// A session over HTTP requests (docs/decisions/301): begins it, sends frames, polls, and gives the body with which a stream of it
// is opened. Each request has a connection of its own. One thread, one request of each kind at a time.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "server/doctor/wire/http_exchange.hpp"

namespace dialogue::doctor {

struct TunnelAnswer {
  unsigned status = 0;  ///< 0: the request was cut or not answered
  std::string fault;    ///< then: how
  std::string head;     ///< the first line
  std::vector<std::string> frames;
  Clock::duration took{};
};

class Tunnel {
 public:
  /// `route` outlives it.
  Tunnel(boost::asio::any_io_executor executor, const Route& route);

  /// Begins the session and says HELLO; the server's frames come by poll or stream.
  [[nodiscard]] boost::asio::awaitable<TunnelAnswer> open(Time until);
  [[nodiscard]] boost::asio::awaitable<TunnelAnswer> say(std::string frame, Time until);
  /// Frames count as received.
  [[nodiscard]] boost::asio::awaitable<TunnelAnswer> poll(std::chrono::milliseconds hold, Time until);
  /// Ends the session in order.
  [[nodiscard]] boost::asio::awaitable<void> close(Time until);

  /// The request that opens a stream of this session.
  [[nodiscard]] HttpAsk stream() const;
  /// A frame came by the stream.
  void received() { ++have_; }
  [[nodiscard]] bool is_open() const { return !session_.empty(); }

 private:
  [[nodiscard]] boost::asio::awaitable<TunnelAnswer> ask(std::string path, std::string body, Time until);
  [[nodiscard]] std::string head(const std::string& more) const;

  boost::asio::any_io_executor executor_;
  const Route& route_;
  std::string session_;
  std::uint64_t have_ = 0, said_ = 0;
};

}  // namespace dialogue::doctor
