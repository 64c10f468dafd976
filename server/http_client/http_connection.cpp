// Beast on a socket or on TLS. The stream's own timer bounds all steps but the look-up of the name, which cannot be called back
// and is left behind when its time is up. Messages are made and read as plain bytes: http::async_read and async_write on a TLS
// stream take g++ half a minute to compile.
#include "server/http_client/http_connection.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "server/http_client/http_faults.hpp"
#include "server/http_client/look_up.hpp"
#include "server/http_client/public_address.hpp"

namespace dialogue::http_client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr asio::as_tuple_t<asio::use_awaitable_t<>> kAwait{};
constexpr std::size_t kBufferBytesMax = 64 * 1024;  ///< what is read and not parsed yet; bounds chunk extensions, too
constexpr std::size_t kReadBytesMax = 16 * 1024;    ///< per read; the size of a TLS record
constexpr int kHttp11 = 11;

}  // namespace

bool is_break(const boost::system::error_code& error) {
  return error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
         error == asio::error::connection_aborted || error == beast_http::error::end_of_stream ||
         error == beast_http::error::partial_message || error == asio::ssl::error::stream_truncated;
}

HttpError fault_of(const boost::system::error_code& error) {
  if (error == beast::error::timeout) return {"the request timed out", false};
  if (error == beast_http::error::body_limit || error == beast_http::error::header_limit ||
      error == beast_http::error::buffer_overflow)
    return {"the response is too large", false};
  if (is_break(error)) return {"it closed the connection before the response was complete", true};
  return {error.message(), false};
}

namespace {

std::string text_of(const HttpRequest& request) {
  std::ostringstream head;
  head << request.base();
  return head.str() + request.body();
}

std::unique_ptr<asio::ssl::context> make_tls() {
  auto context = make_client_tls();
  context->set_default_verify_paths();
  return context;
}

}  // namespace

HttpConnection::HttpConnection(asio::any_io_executor executor, HttpUrl url, std::size_t answer_bytes_max)
    : executor_(std::move(executor)), url_(std::move(url)), answer_bytes_max_(answer_bytes_max), buffer_(kBufferBytesMax) {}

asio::awaitable<HttpOutcome> HttpConnection::ask(HttpRequest request, std::chrono::steady_clock::time_point deadline) {
  request.version(kHttp11);
  if (request.target().empty()) request.target(url_.target);
  request.set(beast_http::field::host, url_.authority());
  request.set(beast_http::field::user_agent, "dialogue");
  request.prepare_payload();
  auto begun = co_await begin(deadline);
  if (auto* fault = std::get_if<HttpError>(&begun)) co_return std::move(*fault);
  keeps_ = false;
  HttpOutcome outcome = co_await exchange(request, deadline, std::get<bool>(begun));
  if (!keeps_ || !request.keep_alive() || buffer_.size() != 0) close();
  co_return outcome;
}

asio::awaitable<std::variant<std::vector<Tcp::endpoint>, HttpError>> HttpConnection::resolve(
    std::chrono::steady_clock::time_point deadline) {
  LookUpResult found = co_await look_up(executor_, url_.host, url_.port, deadline);
  if (found.is_late()) co_return HttpError{"the look-up of its host timed out", false};
  if (*found.error) co_return HttpError{"its host was not found: " + found.error->message(), false};
  Addresses addresses;
  for (const auto& each : found.addresses)
    if (!is_public_only_ || is_public_address(each.endpoint().address())) addresses.push_back(each.endpoint());
  if (addresses.empty()) co_return HttpError{"none of the addresses of its host is public", false};
  co_return addresses;
}

// Servers close what is idle: Node after 5 s. By TLS a late session ticket counts as well; that costs a handshake.
bool HttpConnection::is_spent() {
  int descriptor = -1;
  if (auto* plain = std::get_if<beast::tcp_stream>(&stream_)) descriptor = plain->socket().native_handle();
  if (auto* secured = std::get_if<Secure>(&stream_)) descriptor = secured->next_layer().socket().native_handle();
  char byte = 0;
  return ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

asio::awaitable<std::string> HttpConnection::open(std::chrono::steady_clock::time_point deadline) {
  if (!std::holds_alternative<std::monostate>(stream_)) co_return "";
  buffer_.clear();
  if (!url_.unix_path.empty()) co_return open_unix();
  auto found = co_await resolve(deadline);
  if (auto* fault = std::get_if<HttpError>(&found)) co_return std::move(fault->words);
  beast::tcp_stream tcp(executor_);
  tcp.expires_at(deadline);
  if (const auto [error, endpoint] = co_await tcp.async_connect(std::get<Addresses>(found), kAwait); error)
    co_return fault_of(error).words;
  boost::system::error_code not_set;
  tcp.socket().set_option(Tcp::no_delay(true), not_set);
  if (url_.is_secure) co_return co_await secure(std::move(tcp));
  stream_.emplace<beast::tcp_stream>(std::move(tcp));
  co_return "";
}

// Whether it connects is known immediately: a Unix socket has no network behind it.
std::string HttpConnection::open_unix() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (url_.unix_path.size() >= sizeof address.sun_path) return "the path of its socket is too long";
  url_.unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0 || ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string words = std::strerror(errno);
    if (descriptor >= 0) ::close(descriptor);
    return words;
  }
  beast::tcp_stream stream(executor_);
  boost::system::error_code error;
  stream.socket().assign(Tcp::v4(), descriptor, error);
  if (error) return error.message();
  stream_.emplace<beast::tcp_stream>(std::move(stream));
  return {};
}

asio::awaitable<std::string> HttpConnection::secure(beast::tcp_stream tcp) {
  if (!tls_) tls_ = make_tls();
  auto& stream = stream_.emplace<Secure>(std::move(tcp), *tls_);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(url_.host));
  if (SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str()) != 1) co_return "the host's name cannot be sent";
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait);
  co_return error ? "TLS: " + error.message() : "";
}

asio::awaitable<HttpOutcome> HttpConnection::exchange(const HttpRequest& request, Deadline deadline, bool was_kept) {
  Parser answer;
  answer.header_limit(kHeaderBytesMax);
  answer.body_limit(answer_bytes_max_);
  answer.eager(true);
  const std::string text = text_of(request);
  boost::system::error_code error;
  if (auto* plain = std::get_if<beast::tcp_stream>(&stream_)) {
    plain->expires_at(deadline);
    error = co_await talk(*plain, text, answer);
  } else {
    auto& secured = std::get<Secure>(stream_);
    secured.next_layer().expires_at(deadline);
    error = co_await talk(secured, text, answer);
  }
  if (error) {
    HttpError fault = fault_of(error);
    fault.is_stale = fault.is_broken && was_kept && !answer.got_some();
    co_return fault;
  }
  keeps_ = answer.keep_alive();
  co_return answer.release();
}

template <typename Stream>
asio::awaitable<boost::system::error_code> HttpConnection::talk(Stream& stream, const std::string& text, Parser& answer) {
  const auto [write_error, written] = co_await asio::async_write(stream, asio::buffer(text), kAwait);
  if (write_error) co_return write_error;
  while (!answer.is_done()) {
    const std::size_t space = std::min(kReadBytesMax, buffer_.max_size() - buffer_.size());
    if (space == 0) co_return beast_http::error::buffer_overflow;
    auto [error, size] = co_await stream.async_read_some(buffer_.prepare(space), kAwait);
    buffer_.commit(size);
    if (!error)
      error = parse(answer);
    else if (error == asio::error::eof && answer.got_some())
      answer.put_eof(error);
    if (error) co_return error;
  }
  co_return boost::system::error_code{};
}

boost::system::error_code HttpConnection::parse(Parser& answer) {
  boost::system::error_code error;
  buffer_.consume(answer.put(buffer_.data(), error));
  return error == beast_http::error::need_more ? boost::system::error_code{} : error;
}

}  // namespace dialogue::http_client
