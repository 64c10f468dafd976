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
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/http_client/http_url.hpp"

namespace dialogue::http_client {

struct HttpError {
  std::string words;       ///< what went wrong
  bool is_broken = false;  ///< the connection ended before the answer did, for no reason that was given: asking again may help
  bool is_sent = true;     ///< the other side may have seen the request
  bool is_stale = false;   ///< broken, kept from an earlier request, and no byte of an answer came: closed meanwhile, as a rule
};

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpClientResponse = boost::beast::http::response<boost::beast::http::string_body>;
using HttpOutcome = std::variant<HttpClientResponse, HttpError>;

/// The head of a response whose body is read in parts.
struct HttpHead {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields{};
  std::optional<std::uint64_t> length{};  ///< of the body; absent: unknown
};

class HttpConnection {
 public:
  /// Nothing is opened before the first request.
  HttpConnection(boost::asio::any_io_executor executor, HttpUrl url, std::size_t answer_bytes_max);

  /// Connects to addresses that are public only, as for a URL that a client chose. Before the first request.
  void connect_to_public_only() { is_public_only_ = true; }

  /// Sends the request, whose method, body and own fields are given; Host and User-Agent are the connection's, and so is the
  /// target where the request has none. One at a time. The answer, whatever its status, or what went wrong.
  [[nodiscard]] boost::asio::awaitable<HttpOutcome> ask(HttpRequest request, std::chrono::steady_clock::time_point deadline);
  // --- One exchange in parts, in this order; each step has a deadline of its own ---

  using Deadline = std::chrono::steady_clock::time_point;
  template <typename T>
  using Outcome = std::variant<T, HttpError>;

  /// Opens the connection unless it is open and usable. Whether it was.
  [[nodiscard]] boost::asio::awaitable<Outcome<bool>> begin(Deadline deadline);
  /// Bytes of the request as they go out.
  [[nodiscard]] boost::asio::awaitable<Outcome<bool>> send(std::string_view bytes, Deadline deadline);
  /// The final response's head; interim ones are passed over. `has_no_body`: it is that of a HEAD.
  [[nodiscard]] boost::asio::awaitable<Outcome<HttpHead>> read_head(bool has_no_body, Deadline deadline);
  /// The next part of its body, at most 16 KiB; empty: the body has ended.
  [[nodiscard]] boost::asio::awaitable<Outcome<std::string>> read_part(Deadline deadline);
  /// After the end of the body: whether another exchange may follow. If not, it is closed.
  [[nodiscard]] bool keep();

  /// Closes it; the next request opens it again.
  void close() { stream_.emplace<std::monostate>(); }

 private:
  using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
  using Secure = boost::asio::ssl::stream<boost::beast::tcp_stream>;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  /// The addresses of the host that it may connect to.
  [[nodiscard]] boost::asio::awaitable<std::variant<Addresses, HttpError>> resolve(
      std::chrono::steady_clock::time_point deadline);
  /// Whether the other side has closed the connection since it was kept, or sent what no request asked for.
  [[nodiscard]] bool is_spent();
  /// Words of a fault; empty when it is open.
  [[nodiscard]] boost::asio::awaitable<std::string> open(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::string open_unix();
  [[nodiscard]] boost::asio::awaitable<std::string> secure(boost::beast::tcp_stream tcp);
  [[nodiscard]] boost::asio::awaitable<HttpOutcome> exchange(const HttpRequest& request, Deadline deadline, bool was_kept);
  /// Sends `text` and reads until the answer is whole.
  using Parts = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

  void set_deadline(Deadline deadline);
  /// Reads what comes next into the buffer.
  [[nodiscard]] boost::asio::awaitable<boost::system::error_code> fill();
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
  std::unique_ptr<Parts> parts_;  ///< of the exchange in parts
  bool keeps_ = false;            ///< the other side lets the connection be used again
  bool is_public_only_ = false;
};

}  // namespace dialogue::http_client
