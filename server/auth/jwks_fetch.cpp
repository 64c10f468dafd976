// Beast on a socket or on TLS. One timer bounds all steps; what it cuts ends in an error.
#include "server/auth/jwks_fetch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>
#include <memory>

#include "server/auth/key_set.hpp"

namespace dialogue {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using Result = std::variant<JwksAnswer, std::string>;

constexpr asio::as_tuple_t<asio::use_awaitable_t<>> kAwait{};
constexpr unsigned kHttpOk = 200;
constexpr std::size_t kHeaderBytesMax = 16 * 1024;
constexpr int kHttp11 = 11;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

std::optional<std::uint64_t> max_age_of(std::string_view cache_control) {
  constexpr std::string_view kName = "max-age=";
  const std::size_t at = cache_control.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t seconds = 0;
  const char* begin = cache_control.data() + at + kName.size();
  const auto [end, fault] = std::from_chars(begin, cache_control.data() + cache_control.size(), seconds);
  return fault == std::errc{} && end != begin ? std::optional(seconds) : std::nullopt;
}

template <typename Stream>
asio::awaitable<Result> ask(Stream& stream, const JwksUrl& url) {
  http::request<http::empty_body> request(http::verb::get, url.target, kHttp11);
  const bool is_usual_port = url.port == (url.is_secure ? "443" : "80");
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  request.set(http::field::host, is_usual_port ? host : host + ":" + url.port);
  request.set(http::field::accept, "application/jwk-set+json, application/json");
  request.set(http::field::user_agent, "dialogue");
  request.set(http::field::connection, "close");
  if (const auto [error, size] = co_await http::async_write(stream, request, kAwait); error) co_return error.message();

  beast::flat_buffer buffer(kHeaderBytesMax + kKeyTextBytesMax);
  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(kKeyTextBytesMax);
  if (const auto [error, size] = co_await http::async_read(stream, buffer, parser, kAwait); error) co_return error.message();
  auto& answer = parser.get();
  if (answer.result_int() != kHttpOk) co_return "it answered with status " + std::to_string(answer.result_int());
  const auto max_age_s = max_age_of(view(answer[http::field::cache_control]));
  co_return JwksAnswer{std::move(answer.body()), max_age_s};
}

asio::awaitable<Result> ask_securely(beast::tcp_stream tcp, const JwksUrl& url) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  context.set_default_verify_paths();
  beast::ssl_stream<beast::tcp_stream> stream(std::move(tcp), context);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  if (SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str()) != 1) co_return "the host's name cannot be sent";
  if (const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait); error)
    co_return "TLS: " + error.message();
  co_return co_await ask(stream, url);
}

}  // namespace

bool JwksUrl::is_loopback() const {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

std::optional<JwksUrl> parse_jwks_url(std::string_view text) {
  JwksUrl url;
  constexpr std::string_view kPlain = "http://", kSecure = "https://";
  url.is_secure = text.starts_with(kSecure);
  if (!url.is_secure && !text.starts_with(kPlain)) return std::nullopt;
  text.remove_prefix(url.is_secure ? kSecure.size() : kPlain.size());
  const auto is_odd = [](char c) { return c <= ' ' || c >= '\x7f' || c == '#'; };
  if (std::any_of(text.begin(), text.end(), is_odd)) return std::nullopt;
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  url.target = text.substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  url.port = colon == std::string_view::npos ? (url.is_secure ? "443" : "80") : std::string(authority.substr(colon + 1));
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(url.port.data(), url.port.data() + url.port.size(), number);
  const bool is_port = fault == std::errc{} && end == url.port.data() + url.port.size() && number != 0;
  if (url.host.empty() || !is_port || authority.find('@') != std::string_view::npos) return std::nullopt;
  return url;
}

asio::awaitable<Result> fetch_jwks(JwksUrl url) {
  const auto executor = co_await asio::this_coro::executor;
  Tcp::resolver resolver(executor);
  const auto [not_found, addresses] = co_await resolver.async_resolve(url.host, url.port, kAwait);
  if (not_found) co_return "its host is not found: " + not_found.message();
  beast::tcp_stream stream(executor);
  stream.expires_after(kJwksTimeMax);
  if (const auto [error, endpoint] = co_await stream.async_connect(addresses, kAwait); error) co_return error.message();
  if (!url.is_secure) co_return co_await ask(stream, url);
  co_return co_await ask_securely(std::move(stream), url);
}

}  // namespace dialogue
