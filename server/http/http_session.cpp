// The steps of a request, each with its deadline, and the way out of HTTP into a transport.
#include "server/http/http_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/http/error.hpp>

#include "server/core/util/time.hpp"
#include "server/http/connection_admission.hpp"
#include "server/http/endpoints.hpp"
#include "server/http/path_handler.hpp"
#include "server/http/request/client_address.hpp"
#include "server/http2/http2_connection.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/net/proxy_header.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

constexpr std::size_t kRequestReadBytes = 4096;
constexpr std::string_view kTooManyHandshakes = "Too many TLS handshakes from this address.";
constexpr std::string_view kBodyTooLarge = "The request body is too large.";
constexpr Refused kNoDescriptors{503, "The server has reached its limit of open files.", 10'000};

std::string_view what_is_served(loop::ListenerKind listener) {
  if (listener == loop::ListenerKind::admin) return "This address serves only /metrics, /health, /ready and /api/v1.";
  return loop::is_for_operators(listener) ? "This address serves only /metrics, /health and /ready." : "Unknown path.";
}

}  // namespace

void log_refusal(loop::ShardLoop& loop, const net::IpAddress& address, const net::IpAddress& peer, const Refused& refused) {
  JsonText fields;
  fields.number("status", refused.status)
      .text("address", address.to_string())
      .text("peer", peer.to_string())
      .text("reason", refused.why);
  loop.log(core::LogLevel::info, "request_refused", fields.take());
  if (refused.status == kTooManyConnections.status)
    loop.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::address);
}

void HttpSession::begin(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket) {
  HandshakeFsm fsm(context.handshake_rules, socket.peer.address(),
                   {.expects_proxy_header = context.config.expects_proxy_header, .is_encrypted = true});
  if (const auto session = make(loop, context, std::move(socket), std::move(fsm)))
    asio::co_spawn(
        loop.executor(), [session]() -> Awaitable<void> { co_await session->run(co_await session->begin_encrypted()); },
        asio::detached);
}

void HttpSession::begin_stream(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket) {
  HandshakeFsm fsm(context.handshake_rules, socket.peer.address(), {});
  const auto session = make(loop, context, std::move(socket), std::move(fsm));
  if (!session) return;
  // Each request counts as a connection of its address, as it would over HTTP/1.1.
  auto counted = count_peer(context, session->fsm_.peer());
  session->fsm_.admitted(counted ? std::nullopt : std::optional(kTooManyConnections));
  if (counted) session->counted_ = std::move(*counted);
  asio::co_spawn(
      loop.executor(), [session]() -> Awaitable<void> { co_await session->run(Next::request); }, asio::detached);
}

void HttpSession::go_on(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket, HandshakeFsm fsm,
                        std::optional<net::AddressLimits::Connection> counted, First first) {
  const auto session = make(loop, context, std::move(socket), std::move(fsm));
  if (!session) return;
  if (counted) session->counted_ = std::move(*counted);
  asio::co_spawn(
      loop.executor(),
      [session, first = std::move(first)]() mutable -> Awaitable<void> {
        co_await session->run(co_await session->begin_plain(std::move(first)));
      },
      asio::detached);
}

std::shared_ptr<HttpSession> HttpSession::make(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket from,
                                               HandshakeFsm fsm) {
  net::Socket socket(loop.executor());
  net::error_code error;
  socket.assign(from.peer.protocol(), from.descriptor.get(), error);
  if (error) return nullptr;
  (void)from.descriptor.release();
  const auto stream_of = [&] {
    if (from.listener == loop::ListenerKind::http2_stream) return net::ByteStream::within_tls(std::move(socket));
    if (from.listener != loop::ListenerKind::tls) return net::ByteStream(std::move(socket));
    const bool offers_http2 = context.config.http2.streams_max > 0 && !from.place;
    return net::ByteStream(std::move(socket), context.config.tls->begin(offers_http2));
  };
  net::ByteStream stream = stream_of();
  const std::string received = std::move(from.received);
  auto place = std::move(from.place);
  auto session = std::make_shared<HttpSession>(loop, context, std::move(stream), std::move(from), std::move(fsm));
  if (place) {
    session->place_ = std::move(place);
    session->place_->leave = [session = session.get()] { session->abandon(); };
  }
  session->buffer_.commit(asio::buffer_copy(session->buffer_.prepare(received.size()), asio::buffer(received)));
  return session;
}

HttpSession::HttpSession(loop::ShardLoop& loop, const HttpContext& context, net::ByteStream stream, loop::AcceptedSocket from,
                         HandshakeFsm fsm)
    : loop_(loop),
      context_(context),
      stream_(std::move(stream)),
      count_(std::move(from.count)),
      socket_peer_(net::unmapped(from.peer.address())),
      fsm_(std::move(fsm)),
      client_(fsm_.peer()),
      listener_(from.listener),
      loopback_listener_(from.loopback_listener) {}

HttpSession::Awaitable<void> HttpSession::run(Next next) {
  while (next == Next::request && !(has_answered_ && loop_.draining())) next = co_await serve();
  if (next == Next::request) next = Next::linger;  // the drain began while the answer was written
  if (next == Next::linger) co_await linger();
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::begin_plain(First first) {
  if (place_) place_->has_asked = true;
  if (first.step.action == HandshakeFsm::Action::refuse) co_return co_await refuse(first.step.refused);
  co_return co_await serve(first.request, std::move(first.refused_upgrade));
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::begin_encrypted() {
  set_deadline(context_.config.http.header_timeout_ms);
  HandshakeFsm::Step step = co_await resume_below_tls();
  if (step.action == HandshakeFsm::Action::admit) {
    client_ = fsm_.peer();
    fsm_.admitted(admit());
    step = fsm_.resume({});
  }
  if (step.action == HandshakeFsm::Action::drop) log_refusal(loop_, fsm_.peer(), socket_peer_, step.refused);
  if (step.action != HandshakeFsm::Action::begin_tls) co_return Next::gone;
  const net::error_code error = co_await stream_.accept_tls();
  if (error) co_return Next::gone;
  if (stream_.speaks_http2()) co_return become_http2();
  if (stream_.is_encrypted()) co_return Next::request;
  co_return co_await refuse({400, "This port uses TLS: connect with https or wss."});
}

HttpSession::Next HttpSession::become_http2() {
  http2::Http2Connection::begin(loop_, context_.config.http2, std::move(stream_), {std::move(count_), std::move(counted_)},
                                {{fsm_.peer(), 0}, loopback_listener_});
  return Next::gone;
}

// What follows a PROXY header is TLS's: so bytes are looked at before they are taken.
HttpSession::Awaitable<HandshakeFsm::Step> HttpSession::resume_below_tls() {
  std::array<char, net::kProxyHeaderBytesMax> bytes;
  std::size_t taken = 0;
  HandshakeFsm::Step step = fsm_.resume({});
  while (step.action == HandshakeFsm::Action::read) {
    const auto [error, seen] = co_await stream_.peek_below_tls(std::span(bytes).subspan(taken));
    if (error) co_return HandshakeFsm::Step{};
    step = fsm_.resume({bytes.data(), taken + seen});
    if (step.action == HandshakeFsm::Action::drop) co_return step;
    const std::size_t its = (step.consumed > 0 ? step.consumed : taken + seen) - taken;
    if (stream_.take_below_tls(std::span(bytes).subspan(taken, its))) co_return HandshakeFsm::Step{};
    taken += its;
  }
  co_return step;
}

// A handshake costs more than an answer is worth.
std::optional<Refused> HttpSession::admit() {
  const net::IpAddress& peer = fsm_.peer();
  auto counted = count_peer(context_, peer);
  if (!counted) return kTooManyConnections;
  if (counted->account().take(core::RateTier::tls, loop_.monotonic_ms()) > 0)
    return Refused{kTooManyConnections.status, kTooManyHandshakes};
  counted_ = std::move(*counted);
  return std::nullopt;
}

// --- One request ---

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve() {
  client_ = fsm_.peer();
  is_head_ = false;
  if (net::is_in(client_, context_.config.trusted_proxies)) counted_ = {};  // the last request's, which has ended
  const HandshakeFsm::Step step = co_await read_head();
  if (step.action == HandshakeFsm::Action::read) co_return Next::gone;
  if (step.action == HandshakeFsm::Action::refuse) co_return co_await refuse(step.refused);
  const HandshakeFsm::Request request = fsm_.take_request();
  co_return co_await serve(request, std::nullopt);
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve(const HandshakeFsm::Request& asked,
                                                             std::optional<UpgradeRefusal> refused_upgrade) {
  Parser& parser = *asked.parser;
  const CheckedRequest& request = asked.checked;
  const RequestHeader& header = parser.get();
  client_ = client_address(fsm_.peer(), header, context_.config.trusted_proxies);
  is_head_ = header.method() == beast_http::verb::head;
  begin_counting(endpoint_of(header, request));
  auto counted = count_client(context_, fsm_.peer(), std::move(counted_), header);
  if (!counted && !refused_upgrade) refused_upgrade = UpgradeRefusal(kTooManyConnections);
  const bool has_place = counted.has_value();
  if (has_place) counted_ = std::move(*counted);
  const PathRow* const row = context_.paths.find(request.path, listener_);
  if (place_ && (row == nullptr || row->reach != PathReach::operators)) co_return co_await refuse(kNoDescriptors);
  if (!loop::is_for_operators(listener_)) {
    if (const TransportUpgrade* const wanted = context_.upgrade_for(header, request)) {
      endpoint_ = endpoint_of(Endpoint::connection);
      co_return co_await upgrade(*wanted, parser, request, std::move(refused_upgrade));
    }
    if (const RequestTransport* const wanted = has_place ? context_.request_transport_for(request) : nullptr) {
      endpoint_ = endpoint_of(Endpoint::connection);
      co_return co_await serve_call(*wanted, parser, request);
    }
  }
  if (!has_place) co_return co_await refuse(kTooManyConnections);
  if (row == nullptr) co_return co_await finish(parser, problem(404, what_is_served(listener_)));
  if (row->is_counted_apart) endpoint_ = endpoint_of(row->endpoint);
  Exchange exchange(*this, parser, request);
  co_await row->handler->serve(exchange);
  end_trace(exchange.status_);
  if (!exchange.has_ended_) abandon();  // nothing was answered, or a part of it
  co_return exchange.has_ended_ ? static_cast<Next>(exchange.next_) : Next::gone;
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::finish(Parser& parser, HttpResponse answer) {
  const RequestHeader& header = parser.get();
  bool keep_alive = parser.keep_alive() && !loop_.draining();
  const std::size_t bytes_max = context_.config.http.body_bytes_max;
  parser.body_limit(bytes_max);
  if (parser.content_length_remaining().value_or(0) > bytes_max) co_return co_await refuse({413, kBodyTooLarge});
  if (!parser.is_done() && header.count(beast_http::field::expect) > 0) {
    keep_alive = false;  // a client that expects 100-continue receives the answer instead of it
  } else if (!parser.is_done()) {
    const net::error_code error = co_await read_body(parser);
    if (is_overdue_) co_return co_await refuse({kRequestTimeout, api::kBodyTooSlow});
    if (error == beast_http::error::body_limit) co_return co_await refuse({413, kBodyTooLarge});
    if (error.category() == beast_http::make_error_code(beast_http::error::bad_chunk).category() &&
        error != beast_http::error::partial_message)
      co_return co_await refuse({400, "The request body is malformed."});
    if (error) co_return Next::gone;
  }
  co_return co_await write(std::move(answer), keep_alive);
}

HttpSession::Awaitable<HandshakeFsm::Step> HttpSession::read_head() {
  const HttpLimits& limits = context_.config.http;
  bool has_begun = !has_answered_;
  set_deadline(has_begun ? limits.header_timeout_ms : limits.keep_alive_timeout_ms);
  while (true) {
    if (!has_begun && !received().empty()) {
      has_begun = true;
      set_deadline(limits.header_timeout_ms);
    }
    const HandshakeFsm::Step step = fsm_.resume(received());
    buffer_.consume(step.consumed);
    if (step.action != HandshakeFsm::Action::read) co_return step;
    awaits_request_ = true;
    const auto [error, size] = co_await stream_.read_some(buffer_.prepare(kRequestReadBytes));
    awaits_request_ = false;
    if (error) co_return HandshakeFsm::Step{};
    buffer_.commit(size);
  }
}

// The data after a body is the next request, so the body is read even if it is not used.
HttpSession::Awaitable<net::error_code> HttpSession::read_body(Parser& parser) {
  set_deadline(context_.config.http.body_timeout_ms);
  parser.eager(true);
  while (!parser.is_done()) {
    net::error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error && error != beast_http::error::need_more) co_return error;
    if (parser.is_done()) break;
    if (buffer_.size() == kHttpBufferBytesMax) co_return beast_http::error::bad_chunk_extension;
    std::size_t size = 0;
    reads_body_ = true;
    std::tie(error, size) =
        co_await stream_.read_some(buffer_.prepare(std::min(kRequestReadBytes, kHttpBufferBytesMax - buffer_.size())));
    reads_body_ = false;
    if (is_overdue_) co_return asio::error::operation_aborted;  // where it did not wait, nothing was cancelled
    if (error) co_return error;
    buffer_.commit(size);
  }
  co_return net::error_code{};
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::refuse(Refused refused) {
  if (const RequestHeader* header = fsm_.header())  // the request could not be taken
    client_ = client_address(fsm_.peer(), *header, context_.config.trusted_proxies);
  const auto [status, why, retry_after_ms] = refused;
  HttpResponse answer = problem(status, why, loop_.draining() && status == 503 ? ErrorCode::draining : ErrorCode::ok);
  if (retry_after_ms > 0)
    answer.fields.emplace_back("Retry-After", std::to_string((retry_after_ms + core::kMsPerSecond - 1) / core::kMsPerSecond));
  if (status == 426) {
    answer.fields.emplace_back("Upgrade", "websocket");
    answer.fields.emplace_back("Sec-WebSocket-Version", "13");
  }
  log_refusal(loop_, client_, socket_peer_, refused);
  co_return co_await write(std::move(answer), false);
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::write(HttpResponse answer, bool keep_alive) {
  count_answer(answer.status);
  end_trace(answer.status);
  has_answered_ = true;
  keep_alive = keep_alive && !place_;
  const bool has_body = answer.body && !is_head_;
  set_deadline(context_.config.http.write_timeout_ms + (has_body ? answer.body->size() / kBytesPerMsMin : 0));
  const std::string head = response_head(answer, keep_alive, static_cast<std::int64_t>(loop_.now().unix_ms / 1000));
  std::string_view body;
  if (has_body) body = *answer.body;
  const net::error_code error = co_await stream_.write(head, body);
  if (error) co_return Next::gone;
  co_return keep_alive ? Next::request : Next::linger;
}

// An immediate close would reset the connection if bytes of the peer are unread, and lose the last answer.
HttpSession::Awaitable<void> HttpSession::linger() {
  set_deadline(context_.config.http.linger_timeout_ms);
  stream_.shut_down_sending();
  net::error_code error;
  while (!error) {
    buffer_.clear();
    std::size_t size = 0;
    std::tie(error, size) = co_await stream_.read_some(buffer_.prepare(kRequestReadBytes));
  }
}

// --- Becoming a connection of a transport ---

HttpSession::Awaitable<HttpSession::Next> HttpSession::upgrade(const TransportUpgrade& wanted, Parser& parser,
                                                               const CheckedRequest& request,
                                                               std::optional<UpgradeRefusal> refused) {
  std::variant<Upgrade, UpgradeRefusal> decided = UpgradeRefusal(Refused{});
  if (refused)
    decided = std::move(*refused);
  else
    decided = wanted.judge(context_, parser.get(), request, source(), loop_.draining(), loop_.now());
  if (auto* no = std::get_if<UpgradeRefusal>(&decided)) {
    if (no->refused.status != 0)
      loop_.metrics().count(metrics::Metric::connections_refused_total, metrics::turned_away_index(no->refused.status));
    if (no->answer) {
      if (no->refused.status != 0) log_refusal(loop_, client_, socket_peer_, no->refused);
      co_return co_await finish(parser, std::move(*no->answer));
    }
    const std::string why = no->refused.status == 403 ? why_origin_is_refused(parser.get()) : std::string(no->refused.why);
    co_return co_await refuse({no->refused.status, why, no->refused.retry_after_ms});
  }
  Upgrade& granted = std::get<Upgrade>(decided);
  loop::ShardLoop& loop = granted.loop ? loop_.peer(*granted.loop) : loop_;
  const bool stays = &loop == &loop_;
  if (!stays) stream_.detach();  // it goes to another thread
  auto handoff =
      wanted.make(std::move(stream_), {std::move(count_), std::move(counted_)}, std::move(granted), std::string(received()));
  stays ? handoff->open(loop_) : loop_.hand_over(std::move(handoff), loop);
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
  deadline_ms_ = now_ms + context_.config.http.linger_timeout_ms;
  stream_.cancel();
  return true;
}

// A request that is not whole has not been accepted; one that is gets its answer, and the drain bounds how long that may take.
void HttpSession::drain() {
  const bool is_watching = loop::shows_drain(listener_) && !has_answered_;
  if (awaits_request_ && !is_watching) return abandon();
  if (waiting_ && asked_ns_ != 0) return;  // nothing of the answer has been sent
  deadline_ms_ = std::min(deadline_ms_, loop_.now().monotonic_ms + context_.config.http.linger_timeout_ms);
}

std::string_view HttpSession::received() const {
  const auto bytes = buffer_.cdata();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace dialogue::http
