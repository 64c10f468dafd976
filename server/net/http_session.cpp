// The steps of a request, each with its deadline, and the way out of HTTP into a WebSocket.
#include "server/net/http_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/http/error.hpp>

#include "server/core/util/time.hpp"
#include "server/net/http_head.hpp"
#include "server/net/origin.hpp"
#include "server/net/proxy_header.hpp"
#include "server/net/shard_loop.hpp"
#include "server/net/websocket_connection.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kRequestReadBytes = 4096;
constexpr std::string_view kTooManyHandshakes = "This address begins TLS too often.";
constexpr std::string_view kBodyTooLarge = "The request body is too large.";
constexpr std::size_t kWriteBytesPerMsMin = 64;  ///< slower readers of a large file are cut
constexpr Refused kNoDescriptors{503, "The server has no descriptors for more connections.", 10'000};

/// What is answered however busy the server is.
bool is_probe(std::string_view path) { return path == kHealthPath || path == kReadyPath || path == kMetricsPath; }

}  // namespace

void log_refusal(ShardLoop& loop, const IpAddress& address, const IpAddress& peer, unsigned status, std::string_view reason) {
  JsonText fields;
  fields.number("status", status).text("address", address.to_string()).text("peer", peer.to_string()).text("reason", reason);
  loop.log(LogLevel::info, "request_refused", fields.take());
}

void HttpSession::begin(ShardLoop& loop, NewSocket socket) {
  const IpAddress peer = unmapped(socket.peer.address());
  if (const auto session = make(loop, std::move(socket), peer))
    asio::co_spawn(
        loop.executor(), [session]() -> Awaitable<void> { co_await session->run(co_await session->begin_encrypted()); },
        asio::detached);
}

void HttpSession::go_on(ShardLoop& loop, NewSocket socket, IpAddress peer, std::optional<AddressLimits::Connection> counted) {
  const auto session = make(loop, std::move(socket), std::move(peer));
  if (!session) return;
  asio::co_spawn(
      loop.executor(),
      [session, counted = std::move(counted)]() mutable -> Awaitable<void> {
        co_await session->run(co_await session->begin_plain(std::move(counted)));
      },
      asio::detached);
}

std::shared_ptr<HttpSession> HttpSession::make(ShardLoop& loop, NewSocket from, IpAddress peer) {
  Socket socket(loop.executor());
  error_code error;
  socket.assign(from.peer.protocol(), from.descriptor.get(), error);
  if (error) return nullptr;
  (void)from.descriptor.release();
  const bool is_encrypted = from.listener == ListenerKind::tls;
  Channel channel(std::move(socket), is_encrypted ? loop.context().config.tls->begin() : nullptr);
  const std::string received = std::move(from.received);
  auto place = std::move(from.place);
  auto session = std::make_shared<HttpSession>(loop, std::move(channel), std::move(from), std::move(peer));
  if (place) {
    session->place_ = std::move(place);
    session->place_->leave = [session = session.get()] { session->abandon(); };
  }
  session->buffer_.commit(asio::buffer_copy(session->buffer_.prepare(received.size()), asio::buffer(received)));
  return session;
}

HttpSession::HttpSession(ShardLoop& loop, Channel channel, NewSocket from, IpAddress peer)
    : loop_(loop),
      channel_(std::move(channel)),
      load_(std::move(from.load)),
      socket_peer_(unmapped(from.peer.address())),
      peer_(std::move(peer)),
      client_(peer_),
      listener_(from.listener),
      loopback_listener_(from.loopback_listener) {}

HttpSession::Awaitable<void> HttpSession::run(Next next) {
  while (next == Next::request) next = co_await serve();
  if (next == Next::linger) co_await linger();
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::begin_plain(std::optional<AddressLimits::Connection> counted) {
  if (!counted) co_return co_await refuse(kTooManyConnections);
  counted_ = std::move(*counted);
  co_return Next::request;
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::begin_encrypted() {
  set_deadline(loop_.context().config.http.header_timeout_ms);
  if (loop_.context().config.expects_proxy_header) {
    const bool is_known = co_await read_proxy_header();
    if (!is_known) co_return Next::gone;
  }
  AddressLimits& limits = *loop_.context().address_limits;
  auto counted = limits.connect(peer_);
  // A handshake costs more than an answer is worth. A proxy that speaks TLS speaks for many, whom their requests name.
  const bool is_hasty = counted && !is_in(peer_, loop_.context().config.trusted_proxies) &&
                        limits.take(peer_, AddressLimits::Tier::tls, loop_.now().monotonic_ms) > 0;
  if (!counted || is_hasty) {
    log_refusal(loop_, peer_, socket_peer_, kTooManyConnections.status, is_hasty ? kTooManyHandshakes : kTooManyConnections.why);
    co_return Next::gone;
  }
  counted_ = std::move(*counted);
  const error_code error = co_await channel_.accept_tls();
  if (error) co_return Next::gone;
  if (channel_.is_encrypted()) co_return Next::request;
  co_return co_await refuse({400, "This port speaks TLS: connect to it with https or wss."});
}

// Takes no byte beyond the header: what follows is TLS's or HTTP's. So it is looked at before it is taken.
HttpSession::Awaitable<bool> HttpSession::read_proxy_header() {
  std::array<char, kProxyHeaderBytesMax> bytes;
  std::size_t taken = 0;
  ProxyHeader header;
  while (is_in(peer_, loop_.context().config.trusted_proxies) && header.kind == ProxyHeader::Kind::need_more) {
    const auto [error, seen] = co_await channel_.peek_below_tls(std::span(bytes).subspan(taken));
    if (error) co_return false;
    header = dialogue::read_proxy_header({bytes.data(), taken + seen});
    if (header.kind == ProxyHeader::Kind::malformed) break;
    const std::size_t its = (header.kind == ProxyHeader::Kind::whole ? header.size : taken + seen) - taken;
    if (channel_.take_below_tls(std::span(bytes).subspan(taken, its))) co_return false;
    taken += its;
  }
  if (header.kind == ProxyHeader::Kind::whole && header.client) client_ = peer_ = unmapped(*header.client);
  if (header.kind == ProxyHeader::Kind::whole) co_return true;
  log_refusal(loop_, peer_, socket_peer_, 400, kNoProxyHeader);
  co_return false;
}

// --- One request ---

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve() {
  client_ = peer_;
  const HttpHead head = co_await read_head();
  if (head.status != 0) co_return co_await refuse({head.status, head.reason});
  if (head.size == 0) co_return Next::gone;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(head.size + 1));  // its size was checked already
  parser.body_limit(std::max(loop_.context().config.http.body_bytes_max, loop_.context().api->settings().body_bytes_max));
  error_code error;
  parser.put(asio::buffer(received().substr(0, head.size)), error);
  buffer_.consume(head.size);
  if (error == http::error::bad_version) co_return co_await refuse({505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."});
  const std::string fault = error ? error.message() : std::string();
  if (error) co_return co_await refuse({error == http::error::body_limit ? 413U : 400U, fault});
  co_return co_await serve(parser);
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve(Parser& parser) {
  const RequestHeader& header = parser.get();
  client_ = client_address(peer_, header, loop_.context().config.trusted_proxies);
  const auto checked = check_request(header);
  if (const auto* fault = std::get_if<RequestError>(&checked)) co_return co_await refuse({fault->status, fault->reason});
  const CheckedRequest& request = std::get<CheckedRequest>(checked);
  if (place_ && !is_probe(request.path)) co_return co_await refuse(kNoDescriptors);
  if (listener_ == ListenerKind::metrics && !is_probe(request.path))
    co_return co_await finish(parser, problem(404, "Here are /metrics, /health and /ready only."));
  if (wants_websocket(header)) co_return co_await upgrade(parser, request);

  if (is_api_path(request.path)) co_return co_await serve_api(parser, request);
  if (request.path == kMetricsPath && loop_.context().config.metrics) co_return co_await serve_metrics(parser, request);
  HttpAnswer answer = loop_.context().router.answer(header, request, loop_.draining() || *loop_.context().is_leaving);
  const bool must_ask = loop_.context().store_verdict || loop_.context().config.why_not_ready;
  if (request.path == kReadyPath && answer.status == 200 && must_ask) co_return co_await serve_ready(parser);
  co_return co_await finish(parser, std::move(answer));
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::finish(Parser& parser, HttpAnswer answer) {
  const RequestHeader& header = parser.get();
  bool keep_alive = parser.keep_alive() && !loop_.draining();
  const std::size_t bytes_max = loop_.context().config.http.body_bytes_max;
  parser.body_limit(bytes_max);
  if (parser.content_length_remaining().value_or(0) > bytes_max) co_return co_await refuse({413, kBodyTooLarge});
  if (!parser.is_done() && header.count(http::field::expect) > 0) {
    keep_alive = false;  // who asked whether to send the body hears the answer instead of it
  } else if (!parser.is_done()) {
    const error_code error = co_await read_body(parser);
    if (is_overdue_) co_return co_await refuse({kRequestTimeout, kBodyTooSlow});
    if (error == http::error::body_limit) co_return co_await refuse({413, kBodyTooLarge});
    if (error.category() == http::make_error_code(http::error::bad_chunk).category() && error != http::error::partial_message)
      co_return co_await refuse({400, "The request body is malformed."});
    if (error) co_return Next::gone;
  }
  co_return co_await write(std::move(answer), keep_alive);
}

HttpSession::Awaitable<HttpHead> HttpSession::read_head() {
  const HttpLimits& limits = loop_.context().config.http;
  bool has_begun = !has_answered_;
  set_deadline(has_begun ? limits.header_timeout_ms : limits.keep_alive_timeout_ms);
  while (true) {
    if (!has_begun && !received().empty()) {
      has_begun = true;
      set_deadline(limits.header_timeout_ms);
    }
    const HttpHead head = find_head(received(), limits);
    if (head.size != 0 || head.status != 0) {
      if (place_) place_->has_asked = true;
      co_return head;
    }
    awaits_request_ = true;
    const auto [error, size] = co_await channel_.read_some(buffer_.prepare(kRequestReadBytes));
    awaits_request_ = false;
    if (error) co_return HttpHead{};
    buffer_.commit(size);
  }
}

// What stands behind a body is the next request, so it is read also where nobody wants it.
HttpSession::Awaitable<error_code> HttpSession::read_body(Parser& parser) {
  set_deadline(loop_.context().config.http.body_timeout_ms);
  parser.eager(true);
  while (!parser.is_done()) {
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error && error != http::error::need_more) co_return error;
    if (parser.is_done()) break;
    if (buffer_.size() == kHttpBufferBytesMax) co_return http::error::bad_chunk_extension;
    std::size_t size = 0;
    reads_body_ = true;
    std::tie(error, size) =
        co_await channel_.read_some(buffer_.prepare(std::min(kRequestReadBytes, kHttpBufferBytesMax - buffer_.size())));
    reads_body_ = false;
    if (error) co_return error;
    buffer_.commit(size);
  }
  co_return error_code{};
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::refuse(Refused refused) {
  const auto [status, why, retry_after_ms] = refused;
  HttpAnswer answer = problem(status, why, loop_.draining() && status == 503 ? ErrorCode::draining : ErrorCode::ok);
  if (retry_after_ms > 0)
    answer.fields.emplace_back("Retry-After", std::to_string((retry_after_ms + kMsPerSecond - 1) / kMsPerSecond));
  if (status == 426) {
    answer.fields.emplace_back("Upgrade", "websocket");
    answer.fields.emplace_back("Sec-WebSocket-Version", "13");
  }
  log_refusal(loop_, client_, socket_peer_, status, why);
  co_return co_await write(std::move(answer), false);
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::write(HttpAnswer answer, bool keep_alive) {
  has_answered_ = true;
  keep_alive = keep_alive && !place_;
  const bool has_body = answer.body && answer.sends_body;
  set_deadline(loop_.context().config.http.write_timeout_ms + (has_body ? answer.body->size() / kWriteBytesPerMsMin : 0));
  const std::string head = answer_head(answer, keep_alive, static_cast<std::int64_t>(loop_.now().unix_ms / 1000));
  std::string_view body;
  if (has_body) body = *answer.body;
  const error_code error = co_await channel_.write(head, body);
  if (error) co_return Next::gone;
  co_return keep_alive ? Next::request : Next::linger;
}

// Closing at once would reset the connection when bytes of the peer are unread, and take our last answer with it.
HttpSession::Awaitable<void> HttpSession::linger() {
  set_deadline(loop_.context().config.http.linger_timeout_ms);
  channel_.shut_down_sending();
  error_code error;
  while (!error) {
    buffer_.clear();
    std::size_t size = 0;
    std::tie(error, size) = co_await channel_.read_some(buffer_.prepare(kRequestReadBytes));
  }
}

// --- Becoming a WebSocket ---

HttpSession::Awaitable<HttpSession::Next> HttpSession::upgrade(const Parser& parser, const CheckedRequest& request) {
  auto decided = dialogue::upgrade(loop_.context(), parser.get(), request, source(), loop_.draining(), loop_.now());
  if (const auto* refused = std::get_if<Refused>(&decided)) {
    const std::string why = refused->status == 403 ? why_origin_is_refused(parser.get()) : std::string(refused->why);
    co_return co_await refuse({refused->status, why, refused->retry_after_ms});
  }
  Upgrade& granted = std::get<Upgrade>(decided);
  if (granted.counted) counted_ = std::move(*granted.counted);  // the proxy's own place is free again
  loop_.open_websocket(std::move(channel_), {std::move(load_), std::move(counted_)}, granted.peer,
                       {std::move(granted.answer), std::move(granted.first_message), std::string(received())});
  co_return Next::gone;
}

// --- Deadlines ---

void HttpSession::set_deadline(std::uint64_t after_ms) {
  deadline_ms_ = loop_.now().monotonic_ms + after_ms;
  loop_.watch(*this);
}

bool HttpSession::sweep(std::uint64_t now_ms) {
  if (now_ms < deadline_ms_) return true;
  if (!reads_body_ || is_overdue_) {
    abandon();
    return true;
  }
  is_overdue_ = true;
  deadline_ms_ = now_ms + loop_.context().config.http.linger_timeout_ms;
  channel_.cancel();
  return true;
}

// A request that is not whole has not been accepted; one that is gets its answer.
void HttpSession::drain() {
  if (awaits_request_) return abandon();
  deadline_ms_ = std::min(deadline_ms_, loop_.now().monotonic_ms + loop_.context().config.http.linger_timeout_ms);
}

std::string_view HttpSession::received() const {
  const auto bytes = buffer_.cdata();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace dialogue
