// A request over a wire of its own, and the response as it comes: its head, its body piece by piece, its end. One thread.
#pragma once
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "server/doctor/wire/wire.hpp"

namespace dialogue::doctor {

struct HttpAsk {
  std::string_view method = "GET";
  std::string path;    ///< below the prefix of the URL
  std::string fields;  ///< each ended by CR LF
  std::string body;
};

class HttpExchange {
 public:
  /// `route` outlives it.
  HttpExchange(boost::asio::any_io_executor executor, const Route& route);
  /// Opens a connection and sends the request. Returns false if that failed; fault() has the reason.
  [[nodiscard]] boost::asio::awaitable<bool> ask(HttpAsk what, Time until);

  /// Waits for the response's head, for its end, or for more of its body than `size` bytes; false: it did not come.
  [[nodiscard]] boost::asio::awaitable<bool> head(Time until);
  [[nodiscard]] boost::asio::awaitable<bool> whole(Time until);
  [[nodiscard]] boost::asio::awaitable<bool> body_past(std::size_t size, Time until);

  /// Returns the response's status; 0 before its head has arrived.
  [[nodiscard]] unsigned status();
  [[nodiscard]] bool is_whole();
  /// Returns a field of the response's head; empty if the head lacks it.
  [[nodiscard]] std::string field(std::string_view name);
  [[nodiscard]] bool keeps_alive() { return parser_->is_header_done() && parser_->keep_alive(); }
  [[nodiscard]] unsigned version() { return parser_->get().version(); }
  /// Returns the bytes of the body that have arrived.
  [[nodiscard]] const std::string& body();
  /// Returns why the response is incomplete: "cut (reset)", "no answer", or what is wrong with it.
  [[nodiscard]] std::string fault();
  [[nodiscard]] Wire& wire() { return *wire_; }
  [[nodiscard]] Clock::duration since_ask() const { return Clock::now() - asked_at_; }

 private:
  void parse();

  const Route& route_;
  std::shared_ptr<Wire> wire_;
  std::unique_ptr<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
  std::string malformed_;
  bool ended_in_order_ = false;
  Time asked_at_{};
};

}  // namespace dialogue::doctor
