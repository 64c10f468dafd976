// A link over HTTP requests, any of which may be lost, repeated or late: the server's numbering of frames in both directions,
// with a client that polls as js/src/fallback/tunnel.ts does. Requests and responses are values; the simulator decides what
// becomes of each. A cut loses what is under way and not the connection. Used by one run.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/transport/http_tunnel/downlink.hpp"
#include "server/transport/http_tunnel/uplink.hpp"
#include "tests/simulation/world/link.hpp"

namespace dialogue::simulation {

class TunnelLink final : public Link {
 public:
  using Link::Link;

  void begin() override;
  void page_sends(std::string text) override;
  void page_drops(std::uint16_t code) override;
  void server_sends(SharedBytes text) override;
  void server_closes(std::uint16_t code) override;
  void ask_drained() override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return downlink_.bytes(); }
  [[nodiscard]] std::uint64_t stalled_ms() const override { return 0; }  ///< without a poll the connection ends
  void server_dies() override;
  void cut() override;
  void go_silent() override { is_silent_ = true; }

 private:
  struct Request {
    bool is_poll = false;
    std::uint64_t number = 0;   ///< of all requests of the page
    std::uint64_t network = 0;  ///< which cuts were before it
    std::uint64_t made_us = 0;
    std::uint64_t have = 0, from = 1;
    std::vector<std::string> frames{};
    std::optional<std::uint16_t> end{};
  };
  struct Response {
    bool is_refused = false;
    std::uint64_t first = 1, received = 0;
    std::uint16_t close_code = 0;  ///< 0: it goes on
    std::vector<std::string> frames{};
    std::size_t bytes = 0;
  };
  enum class State : std::uint8_t { open, closing, ended };

  [[nodiscard]] std::shared_ptr<TunnelLink> self() { return std::static_pointer_cast<TunnelLink>(shared_from_this()); }
  [[nodiscard]] std::uint64_t delay_us() { return chance_.between(weather_.delay_least_us, weather_.delay_most_us); }
  [[nodiscard]] bool is_lost() { return weather_.request_loss != 0 && chance_.one_in(weather_.request_loss); }
  [[nodiscard]] bool is_offline() const { return weather_.offline_until_us > clockwork_.now_us(); }

  // The page.
  void poll();
  void send();
  [[nodiscard]] Request request(bool is_poll);
  void transmit(const Request& request);
  void fail(const Request& request, std::uint64_t after_us);
  void failed(const Request& request);
  void answered(const Request& request, const Response& response);
  void take(const Response& response);
  [[nodiscard]] bool is_current(const Request& request) const;
  void lose(std::uint16_t code);

  // The server.
  void serve(const Request& request);
  void take_frames(const Request& request);
  void park(const Request& request);
  void ask_flush();
  void flush();
  void answer_poll();
  void report_drained();
  void respond(const Request& request, Response response);
  [[nodiscard]] Response head() const;
  [[nodiscard]] bool is_over() const { return state_ != State::open && !downlink_.has_next(); }
  void expect_request(std::uint64_t within_us);
  void end(std::uint16_t code);

  bool is_silent_ = false;
  std::uint64_t networks_ = 0;

  // The page's.
  bool is_page_open_ = true, is_sending_ = false;
  std::uint64_t requests_ = 0, polling_ = 0, sending_ = 0;  ///< the newest request, that of the poll, that of the send
  std::uint64_t have_ = 0, taken_ = 0, served_us_ = 0;
  std::deque<std::string> said_;

  // The server's.
  transport::Downlink downlink_;
  transport::Uplink uplink_;
  State state_ = State::open;
  std::optional<Request> parked_;
  std::uint16_t close_code_ = 0;
  std::uint64_t deadline_us_ = 0;
  bool is_gone_ = false, is_drain_asked_ = false;
};

}  // namespace dialogue::simulation
