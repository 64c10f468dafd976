// Requests of the server's own to one HTTP server, one after another over a connection that is kept open between them. A bound on
// everything: no redirect is followed, the answer's size and the time of all steps are limited, and over https the name in the
// certificate is checked against the system's authorities (or those of SSL_CERT_FILE). For the thread of its executor.
//
//   HttpConnection connection(executor, url, kAnswerBytesMax);
//   auto outcome = co_await connection.ask(std::move(request), std::chrono::steady_clock::now() + 2s);
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <variant>

#include "server/http_client/http_url.hpp"

namespace dialogue::http_client {

struct HttpError {
  std::string words;       ///< what went wrong
  bool is_broken = false;  ///< the connection ended before the answer did, for no reason that was given: asking again may help
  bool is_sent = true;     ///< the other side may have seen the request
};

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpClientResponse = boost::beast::http::response<boost::beast::http::string_body>;
using HttpOutcome = std::variant<HttpClientResponse, HttpError>;

class HttpConnection {
 public:
  /// Nothing is opened before the first request.
  HttpConnection(boost::asio::any_io_executor executor, HttpUrl url, std::size_t answer_bytes_max);

  /// Sends the request, whose method, body and own fields are given; target, Host and User-Agent are the connection's. One at a
  /// time. The answer, whatever its status, or what went wrong.
  [[nodiscard]] boost::asio::awaitable<HttpOutcome> ask(HttpRequest request, std::chrono::steady_clock::time_point deadline);
  /// Closes it; the next request opens it again.
  void close() { stream_.emplace<std::monostate>(); }

 private:
  using Addresses = boost::asio::ip::tcp::resolver::results_type;
  using Secure = boost::asio::ssl::stream<boost::beast::tcp_stream>;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  [[nodiscard]] boost::asio::awaitable<std::variant<Addresses, HttpError>> resolve(
      std::chrono::steady_clock::time_point deadline);
  /// Words of a fault; empty when it is open.
  [[nodiscard]] boost::asio::awaitable<std::string> open(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::string open_unix();
  [[nodiscard]] boost::asio::awaitable<std::string> secure(boost::beast::tcp_stream tcp);
  [[nodiscard]] boost::asio::awaitable<HttpOutcome> exchange(const HttpRequest& request,
                                                             std::chrono::steady_clock::time_point deadline);
  /// Sends `text` and reads until the answer is whole.
  template <typename Stream>
  [[nodiscard]] boost::asio::awaitable<boost::system::error_code> talk(Stream& stream, const std::string& text, Parser& answer);
  /// Gives what was received to the parser.
  [[nodiscard]] boost::system::error_code parse(Parser& answer);

  boost::asio::any_io_executor executor_;
  const HttpUrl url_;
  const std::size_t answer_bytes_max_;
  std::unique_ptr<boost::asio::ssl::context> tls_;  ///< made for the first connection by TLS
  std::variant<std::monostate, boost::beast::tcp_stream, Secure> stream_;
  boost::beast::flat_buffer buffer_;
  bool keeps_ = false;  ///< the other side lets the connection be used again
};

}  // namespace dialogue::http_client
