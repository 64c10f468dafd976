// See proxy_handler.hpp. A request runs on the loop that has its client; so does its connection to the backend, which is kept for
// the next request of that loop.
#include "server/proxy/proxy_handler.hpp"

#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <chrono>
#include <utility>
#include <variant>

#include "server/http/http_context.hpp"
#include "server/http/response/http_response.hpp"
#include "server/net/address_range.hpp"
#include "server/proxy/idle_connections.hpp"
#include "shared/json/json_text.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // a false alarm of g++ 12 about Asio's coroutine frames
#endif

namespace dialogue::proxy {
namespace {

using http_client::HttpError, http_client::HttpHead;

constexpr unsigned kBadGateway = 502, kUnavailable = 503, kGatewayTimeout = 504;
constexpr std::uint64_t kRetryMs = 1'000, kPatienceBeyondMs = 5'000;
constexpr boost::asio::use_awaitable_t<net::Executor> kOnLoop{};

std::chrono::steady_clock::time_point after(std::uint64_t time_ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(time_ms);
}

std::string chunk(const std::string& bytes) {
  std::array<char, 2 * sizeof(std::size_t)> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  return std::string(digits.data(), end) + "\r\n" + bytes + "\r\n";
}

std::string framing_of(const http::Exchange& exchange) {
  if (const auto length = exchange.announced_bytes()) return "Content-Length: " + std::to_string(*length) + "\r\n";
  return exchange.has_body() ? "Transfer-Encoding: chunked\r\n" : "";
}

unsigned status_of(const HttpError& error) {
  return error.words.find("timed out") != std::string::npos ? kGatewayTimeout : kBadGateway;
}

}  // namespace

/// One more request, as long as it lives.
class ProxyHandler::Place {
 public:
  Place(std::atomic<std::size_t>& count, std::size_t most) : count_(count), is_granted_(++count <= most) {}
  ~Place() { --count_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] bool is_granted() const { return is_granted_; }

 private:
  std::atomic<std::size_t>& count_;
  const bool is_granted_;
};

ProxyHandler::ProxyHandler(ProxyTarget target, ProxyLimits limits) : target_(std::move(target)), limits_(limits) {}

http::Exchange::Awaitable<void> ProxyHandler::serve(http::Exchange& exchange) const {
  const Place place(requests_, limits_.requests_max);
  Failure failure;
  if (!place.is_granted())
    failure = {kUnavailable, "too many requests are under way to the backend"};
  else if (exchange.announced_bytes().value_or(0) > limits_.body_bytes_max)
    failure = {413, "The body is larger than " + std::to_string(limits_.body_bytes_max) + " bytes."};
  else
    failure = co_await forward(exchange);
  if (failure.status == 0) co_return;
  if (failure.status >= kBadGateway) log_failure(exchange, failure);
  if (exchange.has_responded() || !exchange.is_open()) co_return;
  std::string detail = failure.why;
  if (failure.status == kBadGateway) detail = "The backend of this path did not give a response.";
  if (failure.status == kGatewayTimeout) detail = "The backend of this path did not respond in time.";
  if (failure.status == kUnavailable) detail = "Too many requests are under way to the backend of this path.";
  http::HttpResponse response = http::problem(failure.status, detail);
  if (failure.status == kUnavailable) response.fields.emplace_back("Retry-After", std::to_string(kRetryMs / 1000));
  co_await exchange.respond(std::move(response));
}

void ProxyHandler::log_failure(const http::Exchange& exchange, const Failure& failure) const {
  JsonText fields;
  fields.text("prefix", target_.prefix).text("backend", target_.url.authority()).number("status", failure.status);
  fields.text("message", failure.why);
  exchange.log(core::LogLevel::warn, "proxy_failed", fields.take());
}

http::Exchange::Awaitable<ProxyHandler::Failure> ProxyHandler::forward(http::Exchange& exchange) const {
  const Asker asker{net::address_text(exchange.client()), exchange.scheme(),
                    net::is_in(exchange.source().peer, exchange.context().config.trusted_proxies)};
  const std::string head = forwarded_request(exchange.header(), asker, framing_of(exchange));
  IdleConnections& idle = IdleConnections::of(exchange.executor().context());
  Connection connection;
  const bool may_repeat = !exchange.has_body();
  for (int attempt = 0; attempt < 2; ++attempt) {
    connection = attempt == 0 ? idle.take(this) : nullptr;
    const bool is_kept = connection != nullptr;
    if (!is_kept) connection = std::make_shared<http_client::HttpConnection>(exchange.executor(), target_.url, std::size_t{0});
    Failure failure = co_await send_head(exchange, connection, head);
    if (failure.status == 0 && exchange.has_body()) failure = co_await send_body(exchange, connection);
    if (failure.status == 0) failure = co_await pass_response(exchange, connection);
    // A kept connection may have ended meanwhile: then the backend has not seen the request.
    const bool is_stale = is_kept && failure.status == kBadGateway && may_repeat && !exchange.has_responded();
    if (is_stale) continue;
    if (failure.status == 0 && connection->keep()) idle.keep(this, connection, limits_.idle_max);
    co_return failure;
  }
  co_return Failure{kBadGateway, "it closed the connection twice"};
}

http::Exchange::Awaitable<ProxyHandler::Failure> ProxyHandler::send_head(http::Exchange& exchange, Connection& connection,
                                                                         const std::string& head) const {
  exchange.allow(limits_.connect_timeout_ms + kPatienceBeyondMs);
  const auto opened =
      co_await boost::asio::co_spawn(exchange.executor(), connection->begin(after(limits_.connect_timeout_ms)), kOnLoop);
  if (const auto* error = std::get_if<HttpError>(&opened)) co_return Failure{status_of(*error), error->words};
  exchange.allow(limits_.connect_timeout_ms + kPatienceBeyondMs);
  const auto sent =
      co_await boost::asio::co_spawn(exchange.executor(), connection->send(head, after(limits_.connect_timeout_ms)), kOnLoop);
  if (const auto* error = std::get_if<HttpError>(&sent)) co_return Failure{status_of(*error), error->words};
  co_return Failure{};
}

// A backend may respond before it has read a body, and close: then its response counts.
http::Exchange::Awaitable<ProxyHandler::Failure> ProxyHandler::send_body(http::Exchange& exchange,
                                                                         const Connection& connection) const {
  const bool is_chunked = !exchange.announced_bytes();
  while (true) {
    http::Exchange::Part part = co_await exchange.read_part(limits_.body_bytes_max);
    if (part.status != 0) {
      connection->close();
      co_return Failure{part.status, part.status == 413 ? "The body is too large." : "The request body is malformed."};
    }
    const bool is_end = part.bytes.empty();
    if (is_end && !is_chunked) co_return Failure{};
    const std::string bytes = is_end ? "0\r\n\r\n" : is_chunked ? chunk(part.bytes) : std::move(part.bytes);
    exchange.allow(limits_.response_timeout_ms + kPatienceBeyondMs);
    const auto sent =
        co_await boost::asio::co_spawn(exchange.executor(), connection->send(bytes, after(limits_.response_timeout_ms)), kOnLoop);
    if (const auto* error = std::get_if<HttpError>(&sent)) {
      if (!error->is_broken) co_return Failure{status_of(*error), error->words};
      co_return Failure{};
    }
    if (is_end) co_return Failure{};
  }
}

http::Exchange::Awaitable<ProxyHandler::Failure> ProxyHandler::pass_response(http::Exchange& exchange,
                                                                             const Connection& connection) const {
  const bool is_head = exchange.header().method() == boost::beast::http::verb::head;
  static_cast<void>(exchange.begin_waiting());
  exchange.watch_peer([connection] { connection->close(); });
  exchange.allow(limits_.response_timeout_ms + kPatienceBeyondMs);
  auto got = co_await boost::asio::co_spawn(exchange.executor(),
                                            connection->read_head(is_head, after(limits_.response_timeout_ms)), kOnLoop);
  exchange.end_waiting();
  if (!exchange.is_open()) co_return Failure{};
  if (const auto* error = std::get_if<HttpError>(&got)) co_return Failure{status_of(*error), error->words};
  const HttpHead& head = std::get<HttpHead>(got);
  const Fields fields = forwarded_fields(head.fields);
  http::HttpResponse response{.status = head.status};
  for (const auto& [name, value] : fields) response.fields.emplace_back(name, value);
  const bool has_body = !is_head && head.status != 204 && head.status != 304;
  if (!has_body) {
    if (is_head && head.length) response.fields.emplace_back("Content-Length", std::to_string(*head.length));
    co_await exchange.respond(std::move(response));
    co_return Failure{};
  }
  const bool has_begun = co_await exchange.begin_response(response, head.length);
  if (!has_begun) co_return Failure{};
  while (true) {
    exchange.allow(limits_.response_timeout_ms + kPatienceBeyondMs);
    auto part =
        co_await boost::asio::co_spawn(exchange.executor(), connection->read_part(after(limits_.response_timeout_ms)), kOnLoop);
    if (const auto* error = std::get_if<HttpError>(&part)) {
      connection->close();
      co_return Failure{status_of(*error), error->words};
    }
    const std::string& bytes = std::get<std::string>(part);
    if (bytes.empty()) break;
    const bool is_written = co_await exchange.write(bytes);
    if (is_written) continue;
    connection->close();
    co_return Failure{};
  }
  co_await exchange.end_response();
  co_return Failure{};
}

}  // namespace dialogue::proxy
