// One socket while it speaks HTTP: request after request, until it is closed or becomes a WebSocket. A coroutine, because few
// of these exist at a time. Each step has one deadline that no byte renews. Lives on its loop's thread and keeps itself alive
// while it runs.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/api.hpp"
#include "server/http/http_context.hpp"
#include "server/http/request/handshake_fsm.hpp"
#include "server/http/request/http_check.hpp"
#include "server/http/response/http_response.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/http/waiting.hpp"
#include "server/loop/accepted_socket.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/byte_stream.hpp"
#include "server/net/expirable.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::http {

class Exchange;
class RequestTransport;

inline constexpr unsigned kRequestTimeout = 408;

/// `address` is who asks, as a trusted proxy reports it, `peer` the socket's other end.
void log_refusal(loop::ShardLoop& loop, const net::IpAddress& address, const net::IpAddress& peer, const Refused& refused);

/// Slower peers are cut: what a long body or answer may take is its bytes by this, on top of its time limit.
inline constexpr std::size_t kBytesPerMsMin = 64;

class HttpSession : public net::Expirable, public std::enable_shared_from_this<HttpSession> {
 public:
  /// A request whose head was read before the session began.
  struct First {
    HandshakeFsm::Step step;
    HandshakeFsm::Request request;                  ///< where the step is `serve`
    std::optional<UpgradeRefusal> refused_upgrade;  ///< it asked for a transport, which said this
  };

  /// The rows of the server's own parts, for the table of paths.
  static void add_own_paths(PathTable& table, const HttpConfig& config);

  // Both take the socket over; nothing to hold, the session ends by itself.
  /// What speaks TLS, and before it says whom it speaks for where a PROXY header is expected.
  static void begin(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket);
  /// The inner end of a stream of HTTP/2.
  static void begin_stream(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket);
  /// What does not, and has come as far as `first` (no `counted`: its address has as many connections as it may).
  static void go_on(loop::ShardLoop& loop, const HttpContext& context, loop::AcceptedSocket socket, HandshakeFsm fsm,
                    std::optional<net::AddressLimits::Connection> counted, First first);

  /// `from` is what is left of it once its socket is in `stream`.
  HttpSession(loop::ShardLoop& loop, const HttpContext& context, net::ByteStream stream, loop::AcceptedSocket from,
              HandshakeFsm fsm);

  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override;
  void abandon() override;

 private:
  using Parser = HttpRequestParser;
  template <typename T>
  using Awaitable = net::ByteStream::Awaitable<T>;
  enum class Next : std::uint8_t { request, linger, gone };  ///< what follows: another request, closing with care, nothing
  class Part;
  friend class Exchange;

  [[nodiscard]] static std::shared_ptr<HttpSession> make(loop::ShardLoop& loop, const HttpContext& context,
                                                         loop::AcceptedSocket from, HandshakeFsm fsm);
  [[nodiscard]] Awaitable<void> run(Next next);
  [[nodiscard]] Awaitable<Next> begin_plain(First first);
  /// What comes before the first request: who the peer is, whether it may have one more connection, TLS.
  [[nodiscard]] Awaitable<Next> begin_encrypted();
  /// Continues as a connection of HTTP/2.
  [[nodiscard]] Next become_http2();
  /// Up to an action other than to read. Takes no byte beyond what that consumes; `read` when nothing more comes.
  [[nodiscard]] Awaitable<HandshakeFsm::Step> resume_below_tls();
  [[nodiscard]] std::optional<Refused> admit();
  [[nodiscard]] Awaitable<Next> serve();
  [[nodiscard]] Awaitable<Next> serve(const HandshakeFsm::Request& request, std::optional<UpgradeRefusal> refused_upgrade);
  /// The next request's head, within its time from its first byte, or from the connection's beginning; a kept one may be idle
  /// before. `read` when nothing more comes.
  [[nodiscard]] Awaitable<HandshakeFsm::Step> read_head();
  [[nodiscard]] Awaitable<net::error_code> read_body(Parser& parser);
  /// Answers a request whose body is not used: its remaining bytes are read and dropped.
  [[nodiscard]] Awaitable<Next> finish(Parser& parser, HttpResponse answer);

  // Answers that come later, perhaps from other threads; in http_session_api.cpp.
  [[nodiscard]] Awaitable<Next> serve_api(Parser& parser, const CheckedRequest& request);
  [[nodiscard]] Awaitable<Next> serve_admitted(Parser& parser, const api::ApiRequest& asked, api::AdmittedRequest admitted);
  /// Probes and files.
  [[nodiscard]] Awaitable<Next> serve_page(Parser& parser, const CheckedRequest& request);
  [[nodiscard]] Awaitable<Next> serve_ready(Parser& parser);
  [[nodiscard]] Awaitable<Next> serve_metrics(Parser& parser, const CheckedRequest& request);
  /// Whether the request is from this machine while no key or token exists, which permits reading metrics.
  [[nodiscard]] bool is_near(const RequestHeader& header, const CheckedRequest& request) const;
  /// Why the caller may not read metrics; status 0: it may.
  [[nodiscard]] Awaitable<Refused> metrics_refusal(const RequestHeader& header, const CheckedRequest& request);
  /// Like metrics_refusal(), but for a caller with a key or token.
  [[nodiscard]] Awaitable<Refused> metrics_refusal_of(std::string token);
  /// Reads a body that is wanted, after saying so where that was asked. The status to refuse it with, or 0.
  [[nodiscard]] Awaitable<unsigned> read_wanted_body(Parser& parser, std::size_t bytes_max);
  /// After the request to send it; false: the peer has gone.
  [[nodiscard]] Awaitable<bool> write_continue();
  /// What is there of a body, or the next bytes of it. 0, or the status to refuse it with.
  [[nodiscard]] Awaitable<unsigned> read_body_part(Parser& parser, std::uint64_t timeout_ms);
  [[nodiscard]] Awaitable<bool> write_stream_head(const HttpResponse& head, std::string_view framing, bool keep_alive);
  [[nodiscard]] Awaitable<bool> write_part(std::string_view first, std::string_view second);
  /// What ends the wait that begins with this call, on any thread. `before` runs on the loop's thread, unless the wait is over.
  [[nodiscard]] std::function<void(std::function<void()> before)> begin_wake();
  [[nodiscard]] Awaitable<bool> wait_for_wake(std::uint64_t timeout_ms);
  /// Begins a wait for a value.
  template <typename T>
  [[nodiscard]] Pending<T> begin_waiting();
  /// Absent: it did not come in time, or the connection has ended.
  template <typename T>
  [[nodiscard]] Awaitable<std::optional<T>> wait_for(Pending<T> pending, std::uint64_t timeout_ms);
  /// A problem where it does not come in time.
  [[nodiscard]] Awaitable<HttpResponse> wait_for_response(Pending<HttpResponse> pending, std::uint64_t timeout_ms);
  [[nodiscard]] api::ApiRequest api_request(const RequestHeader& header, const CheckedRequest& request) const;
  [[nodiscard]] api::ApiHost api_host() const;
  /// Begins a trace of the request. Returns null if tracing is off.
  [[nodiscard]] trace::TracePtr begin_trace(const RequestHeader& header) const;
  void end_trace(unsigned status);
  [[nodiscard]] HttpResponse api_answer(const api::ApiRequest& asked, HttpResponse answer, std::string_view caller = {}) const;

  /// Serves a request of a connection that lives apart from its sockets; in http_session_calls.cpp.
  [[nodiscard]] Awaitable<Next> serve_call(const RequestTransport& wanted, Parser& parser, const CheckedRequest& request);
  /// Calls `left`, if there is one, and closes, where the peer closes before the answer that is waited for has come.
  void watch_peer(std::function<void()> left);

  [[nodiscard]] Awaitable<Next> refuse(Refused refused);
  [[nodiscard]] Awaitable<Next> write(HttpResponse answer, bool keep_alive);
  /// A request is looked at from now on; `endpoint`: of endpoints.hpp.
  void begin_counting(std::size_t endpoint);
  void count_answer(unsigned status);
  [[nodiscard]] Awaitable<Next> upgrade(const TransportUpgrade& wanted, Parser& parser, const CheckedRequest& request,
                                        std::optional<UpgradeRefusal> refused);
  [[nodiscard]] Awaitable<void> linger();

  [[nodiscard]] RequestSource source() const { return {fsm_.peer(), stream_.is_encrypted(), loopback_listener_}; }
  void set_deadline(std::uint64_t after_ms);
  [[nodiscard]] std::string_view received() const;

  loop::ShardLoop& loop_;
  const HttpContext& context_;
  net::ByteStream stream_;
  net::ConnectionCountGuard count_;
  const net::IpAddress socket_peer_;  ///< the socket's other end
  HandshakeFsm fsm_;
  net::IpAddress client_;  ///< who sent the request in hand, as far as that is known
  net::AddressLimits::Connection counted_;
  boost::beast::flat_buffer buffer_{kHttpBufferBytesMax};
  trace::TracePtr trace_;             ///< of the request in hand; null: it has none
  std::shared_ptr<Waiting> waiting_;  ///< for what other threads do; null: for nothing
  std::uint64_t deadline_ms_ = 0;
  std::uint64_t asked_ns_ = 0;  ///< when the request in hand was there; 0: none is
  std::size_t endpoint_ = metrics::kEndpointsMax - 1;
  std::shared_ptr<net::ReservedDescriptor> place_;  ///< for want of descriptors: /health and the like, and nothing else
  const loop::ListenerKind listener_;
  const bool loopback_listener_;
  bool awaits_request_ = false, has_answered_ = false;
  bool is_head_ = false;                          ///< the request's method: its answers have no body
  bool reads_body_ = false, is_overdue_ = false;  ///< a body's time ends its reading, not the connection: it is answered 408
};

template <typename T>
Pending<T> HttpSession::begin_waiting() {
  auto value = std::make_shared<std::optional<T>>();
  auto give = [value, wake = begin_wake()](T found) {
    wake([value, found = std::move(found)]() mutable { *value = std::move(found); });
  };
  return {std::move(give), std::move(value)};
}

template <typename T>
HttpSession::Awaitable<std::optional<T>> HttpSession::wait_for(Pending<T> pending, std::uint64_t timeout_ms) {
  const bool is_awake = co_await wait_for_wake(timeout_ms);
  if (!is_awake) co_return std::nullopt;
  co_return std::move(*pending.value);
}

}  // namespace dialogue::http
